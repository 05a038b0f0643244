import type { Locale } from './locale.ts'

export interface Formats {
  readonly number: (value: number) => string
  /** 0–100 with at most one decimal, e.g. `2.5%`. */
  readonly percent: (value: number) => string
  /** `0.8 ms`, `42 ms`, `1.3 s`. */
  readonly duration: (ms: number) => string
  /** `512 B`, `12 kB`, `1.4 MB` (powers of 1,024). */
  readonly bytes: (bytes: number) => string
  /** Date and time to the second, with the time zone. */
  readonly dateTime: (iso: string | number) => string
  /** Time of day with milliseconds. */
  readonly time: (iso: string | number) => string
  /** `3 minutes ago`, seen from `now` (ms since the epoch). */
  readonly relative: (iso: string | number, now: number) => string
  /** The same in as few letters as the language has for it, e.g. `3m ago`. */
  readonly relativeShort: (iso: string | number, now: number) => string
}

const steps: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
]

export function createFormats(locale: Locale): Formats {
  const number = new Intl.NumberFormat(locale)
  const one = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 })
  const dateTime = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'long' })
  const time = new Intl.DateTimeFormat(locale, {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    fractionalSecondDigits: 3,
    hourCycle: 'h23',
  })
  const since = (style: 'long' | 'narrow') => {
    const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto', style })
    return (iso: string | number, now: number) => {
      const difference = new Date(iso).getTime() - now
      const [unit, size] = steps.find(([, length]) => Math.abs(difference) >= length) ?? [
        'second',
        1000,
      ]
      return relative.format(Math.round(difference / size), unit)
    }
  }
  return {
    number: (value) => number.format(value),
    percent: (value) => `${one.format(value)}%`,
    duration: (ms) =>
      ms < 1000
        ? `${ms < 10 ? one.format(ms) : number.format(Math.round(ms))} ms`
        : `${one.format(ms / 1000)} s`,
    bytes: (bytes) => {
      if (bytes < 1024) return `${number.format(bytes)} B`
      return bytes < 1024 ** 2
        ? `${one.format(bytes / 1024)} kB`
        : `${one.format(bytes / 1024 ** 2)} MB`
    },
    dateTime: (iso) => dateTime.format(new Date(iso)),
    time: (iso) => time.format(new Date(iso)),
    relative: since('long'),
    relativeShort: since('narrow'),
  }
}
