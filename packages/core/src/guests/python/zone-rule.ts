/** One stretch of local time: from a moment on, this far from UTC. */
export interface ZonePeriod {
  /** Seconds since the epoch; minus infinity for the first. */
  readonly from: number
  /** Seconds east of UTC. */
  readonly offset: number
  readonly isDst: boolean
  readonly abbreviation: string
}

const daySeconds = 86_400
/** Years whose transitions must follow one rule before it is taken for all later years. */
const provenYears = 5

/**
 * The POSIX rule for the time after the last transition, such as `CET-1CEST,M3.5.0,M10.5.0/3`.
 *
 * @see POSIX.1, "TZ" environment variable
 */
export function zoneRule(periods: readonly ZonePeriod[]): string {
  const last = periods.at(-1)
  if (last === undefined) return ''
  const tail = periods.slice(-2 * provenYears)
  const begins = yearly(tail, periods, true)
  const ends = yearly(tail, periods, false)
  const daylight = tail.findLast(({ isDst }) => isDst)
  const standard = tail.findLast(({ isDst }) => !isDst)
  const alternates =
    begins !== undefined && ends !== undefined && daylight !== undefined && standard !== undefined
  if (!alternates) return named(last)
  const usual = daylight.offset === standard.offset + 3600 ? nameOf(daylight) : named(daylight)
  return `${named(standard)}${usual},${begins},${ends}`
}

/** The one rule by which all transitions of the kind happened, or undefined. */
function yearly(
  tail: readonly ZonePeriod[],
  all: readonly ZonePeriod[],
  toDst: boolean,
): string | undefined {
  const chosen = tail.filter(({ isDst }) => isDst === toDst)
  if (chosen.length < provenYears || lastYear(chosen) < 2037) return undefined
  const rules = chosen.map((period) => rulesOf(period, all[all.indexOf(period) - 1]))
  return rules[0]?.find((rule) => rules.every((other) => other.includes(rule)))
}

function lastYear(periods: readonly ZonePeriod[]): number {
  return new Date((periods.at(-1)?.from ?? 0) * 1000).getUTCFullYear()
}

/** Every rule of the form month, week, weekday that gives this moment; the fifth week means the last. */
function rulesOf({ from }: ZonePeriod, before: ZonePeriod | undefined): string[] {
  const local = from + (before?.offset ?? 0)
  const date = new Date(Math.floor(local / daySeconds) * daySeconds * 1000)
  const time = local - Math.floor(local / daySeconds) * daySeconds
  const [month, day, weekday] = [date.getUTCMonth() + 1, date.getUTCDate(), date.getUTCDay()]
  const daysInMonth = new Date(Date.UTC(date.getUTCFullYear(), month, 0)).getUTCDate()
  const weeks = [Math.ceil(day / 7), ...(day + 7 > daysInMonth ? [5] : [])]
  return weeks.map(
    (week) => `M${month}.${week}.${weekday}${time === 7200 ? '' : `/${clock(time)}`}`,
  )
}

function named(period: ZonePeriod): string {
  return `${nameOf(period)}${clock(-period.offset)}`
}

function nameOf({ abbreviation }: ZonePeriod): string {
  return /^[A-Za-z]{3,}$/.test(abbreviation) ? abbreviation : `<${abbreviation}>`
}

function clock(seconds: number): string {
  const [size, sign] = [Math.abs(seconds), seconds < 0 ? '-' : '']
  const parts = [Math.floor(size / 3600), Math.floor((size % 3600) / 60), size % 60]
  while (parts.length > 1 && parts.at(-1) === 0) parts.pop()
  return (
    sign +
    parts.map((part, at) => (at === 0 ? String(part) : String(part).padStart(2, '0'))).join(':')
  )
}
