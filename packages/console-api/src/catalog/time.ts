const KOREA_OFFSET_MS = 9 * 60 * 60 * 1000

/** Epoch milliseconds to ISO 8601 in Korean time; whole seconds without a fraction, as in the seed. */
export function toKoreanTime(atMs: number): string {
  const local = new Date(atMs + KOREA_OFFSET_MS).toISOString()
  return `${local.replace('.000Z', '').replace('Z', '')}+09:00`
}

const ISO_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?$/

/** ISO 8601 date and time to epoch milliseconds, without an offset taken as UTC; null when it is neither. */
export function parseIsoTime(text: string): number | null {
  const match = ISO_TIME.exec(text)
  if (match === null) return null
  const atMs = Date.parse(match[1] === undefined ? `${text}Z` : text)
  // Date.parse takes 31 February for 3 March.
  const day = Number(text.slice(8, 10))
  const daysOfMonth = new Date(
    Date.UTC(Number(text.slice(0, 4)), Number(text.slice(5, 7)), 0),
  ).getUTCDate()
  return Number.isNaN(atMs) || day > daysOfMonth ? null : atMs
}
