import { describe, expect, it } from 'vitest'
import { forecast } from '../../src/index.ts'

describe('forecast', () => {
  const series = Array.from(
    { length: 24 * 7 },
    (_, i) => 100 + i * 0.5 + 40 * Math.sin((i / 24) * 2 * Math.PI),
  )

  it('continues a daily pattern with a trend within three percent', () => {
    const predicted = forecast(series, { season: 24, horizon: 24 })
    const truth = Array.from(
      { length: 24 },
      (_, k) =>
        100 + (series.length + k) * 0.5 + 40 * Math.sin(((series.length + k) / 24) * 2 * Math.PI),
    )
    const mape =
      truth.reduce(
        (sum, value, k) => sum + Math.abs((predicted?.values[k] ?? 0) - value) / value,
        0,
      ) / 24
    expect(mape).toBeLessThan(0.03)
    expect(predicted?.mape).toBeLessThan(3)
  })

  it('predicts nothing from too little, and nothing below zero', () => {
    expect(forecast(series.slice(0, 47), { season: 24, horizon: 1 })).toBeUndefined()
    expect(forecast([1, Number.NaN, 2, 3], { season: 2, horizon: 1 })).toBeUndefined()
    const falling = Array.from({ length: 50 }, (_, i) => 50 - i)
    expect(Math.min(...(forecast(falling, { season: 5, horizon: 50 })?.values ?? [-1]))).toBe(0)
  })
})

// Monthly airline passengers in thousands, 1949 to 1960 (Box & Jenkins 1976, series G).
const passengers = [
  112, 118, 132, 129, 121, 135, 148, 148, 136, 119, 104, 118, 115, 126, 141, 135, 125, 149, 170,
  170, 158, 133, 114, 140, 145, 150, 178, 163, 172, 178, 199, 199, 184, 162, 146, 166, 171, 180,
  193, 181, 183, 218, 230, 242, 209, 191, 172, 194, 196, 196, 236, 235, 229, 243, 264, 272, 237,
  211, 180, 201, 204, 188, 235, 227, 234, 264, 302, 293, 259, 229, 203, 229, 242, 233, 267, 269,
  270, 315, 364, 347, 312, 274, 237, 278, 284, 277, 317, 313, 318, 374, 413, 405, 355, 306, 271,
  306, 315, 301, 356, 348, 355, 422, 465, 467, 404, 347, 305, 336, 340, 318, 362, 348, 363, 435,
  491, 505, 404, 359, 310, 337, 360, 342, 406, 396, 420, 472, 548, 559, 463, 407, 362, 405, 417,
  391, 419, 461, 472, 535, 622, 606, 508, 461, 390, 432,
]

/**
 * R 4.2.2: `HoltWinters(x, seasonal = "additive")` on 1949 to 1959, the best of the same rates by its SSE (0.2, 0.02, 0.9),
 * from the start values level 132.625, trend 1.0833333 and the first year's deviations from that line, then `predict(12)`.
 */
const predictedByR = [
  413.3659064, 395.361469, 455.3083123, 443.7104714, 464.2675031, 519.5168786, 589.7543621,
  596.7884693, 498.1735969, 442.714302, 396.9685913, 435.9395599,
]

describe('forecast on a known series', () => {
  const known = passengers.slice(0, 132)
  const truth = passengers.slice(132)

  it('predicts what R does, to seven digits', () => {
    const predicted = forecast(known, { season: 12, horizon: 12 })?.values ?? []
    expect(predicted).toHaveLength(12)
    for (const [i, value] of predicted.entries()) expect(value).toBeCloseTo(predictedByR[i] ?? 0, 5)
  })

  it('is within three percent of the year that came, and half as wrong as repeating the last', () => {
    const predicted = forecast(known, { season: 12, horizon: 12 })?.values ?? []
    const wrong = (values: readonly number[]): number =>
      values.reduce(
        (sum, value, i) => sum + Math.abs(value - (truth[i] ?? 0)) / (truth[i] ?? 1),
        0,
      ) / 12
    expect(wrong(predicted)).toBeLessThan(0.03)
    expect(wrong(predicted)).toBeLessThan(wrong(known.slice(-12)) / 2)
  })

  it.each([
    [{ season: 1, horizon: 1 }],
    [{ season: 2.5, horizon: 1 }],
    [{ season: 12, horizon: 0 }],
    [{ season: 12, horizon: Number.NaN }],
    [{ season: 12, horizon: 1e9 }],
  ])('refuses %j', (options) => expect(() => forecast(known, options)).toThrow(RangeError))
})
