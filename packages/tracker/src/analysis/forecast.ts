/** Options of `forecast`. */
export interface ForecastOptions {
  /** Values per season, 2 or more: 24 for hours of a day. */
  readonly season: number
  /** Values to predict, 1 … 10,000. */
  readonly horizon: number
}

/** A prediction with the error that the model made on the past. */
export interface Forecast {
  readonly values: readonly number[]
  /** Mean absolute percentage error of one-step predictions over the last season; null where the past was zero. */
  readonly mape: number | null
}

interface Model {
  level: number
  trend: number
  readonly seasonal: number[]
}

interface Rates {
  readonly alpha: number
  readonly beta: number
  readonly gamma: number
}

const grid: readonly Rates[] = [0.05, 0.1, 0.2, 0.4, 0.7].flatMap((alpha) =>
  [0, 0.02, 0.1].flatMap((beta) => [0.05, 0.2, 0.5, 0.9].map((gamma) => ({ alpha, beta, gamma }))),
)

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length

const initial = (values: readonly number[], season: number): Model => {
  const first = mean(values.slice(0, season))
  const second = mean(values.slice(season, 2 * season))
  const trend = (second - first) / season
  const seasonal = values
    .slice(0, season)
    .map((value, i) => value - (first + trend * (i - (season - 1) / 2)))
  return { level: first + trend * ((season - 1) / 2), trend, seasonal }
}

const run = (
  values: readonly number[],
  season: number,
  rates: Rates,
): readonly [Model, readonly number[]] => {
  const model = initial(values, season)
  const errors: number[] = []
  for (let i = season; i < values.length; i += 1) {
    const value = values[i] ?? 0
    const old = model.seasonal[i % season] ?? 0
    errors.push(value - (model.level + model.trend + old))
    const level = rates.alpha * (value - old) + (1 - rates.alpha) * (model.level + model.trend)
    model.trend = rates.beta * (level - model.level) + (1 - rates.beta) * model.trend
    model.level = level
    model.seasonal[i % season] = rates.gamma * (value - level) + (1 - rates.gamma) * old
  }
  return [model, errors]
}

const mostValues = 10_000

const checkCount = (name: string, count: number, least: number): void => {
  if (!Number.isInteger(count) || count < least || count > mostValues)
    throw new RangeError(`forecast: ${name} is not a whole number from ${least} to ${mostValues}`)
}

const squares = (errors: readonly number[]): number =>
  errors.reduce((sum, error) => sum + error * error, 0)

/**
 * Predicts with additive Holt-Winters smoothing, whose rates are the best of a small grid on the past. Undefined with
 * fewer than two seasons, or with a value that is not a finite number. Predictions below zero become zero.
 *
 * @throws RangeError for a season or horizon out of bounds.
 * @see https://otexts.com/fpp3/holt-winters.html
 */
export const forecast = (
  values: readonly number[],
  options: ForecastOptions,
): Forecast | undefined => {
  const { season, horizon } = options
  checkCount('season', season, 2)
  checkCount('horizon', horizon, 1)
  if (values.length < 2 * season || !values.every(Number.isFinite)) return undefined
  const runs = grid.map((rates) => run(values, season, rates))
  const best = runs.reduce((a, b) => (squares(b[1]) < squares(a[1]) ? b : a))
  const [model, errors] = best
  const predicted = Array.from({ length: horizon }, (_, step) => {
    const seasonal = model.seasonal[(values.length + step) % season] ?? 0
    return Math.max(0, model.level + model.trend * (step + 1) + seasonal)
  })
  const recent = errors
    .slice(-season)
    .map((error, i, all) => Math.abs(error) / Math.abs(values[values.length - all.length + i] ?? 0))
  const finite = recent.filter(Number.isFinite)
  return { values: predicted, mape: finite.length === 0 ? null : mean(finite) * 100 }
}
