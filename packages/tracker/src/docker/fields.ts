/** Readers of unknown JSON: a missing or wrong value becomes the neutral one, so hostile bodies cannot throw or leak NaN. */
type Fields = Readonly<Record<string, unknown>>

/** The object under a key, or an empty one. */
export const objectAt = (value: unknown, key?: string): Fields => {
  const inner = key === undefined ? value : isFields(value) ? value[key] : undefined
  return isFields(inner) ? inner : {}
}

/** True for JSON objects. */
export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A finite number of zero or more, or undefined. */
export const numberAt = (value: unknown, key: string): number | undefined => {
  const inner = isFields(value) ? value[key] : undefined
  return typeof inner === 'number' && Number.isFinite(inner) && inner >= 0 ? inner : undefined
}

/** A string, or the empty one. */
export const stringAt = (value: unknown, key: string): string => {
  const inner = isFields(value) ? value[key] : undefined
  return typeof inner === 'string' ? inner : ''
}

/** An array, or an empty one. */
export const arrayAt = (value: unknown, key: string): readonly unknown[] => {
  const inner = isFields(value) ? value[key] : undefined
  return Array.isArray(inner) ? inner : []
}
