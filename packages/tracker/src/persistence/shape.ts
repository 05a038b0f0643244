/** Says whether a value read from a store is what this version writes. */
export type Shape = (value: unknown) => boolean

/** True for JSON objects. */
export const isFields = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** True for texts. */
export const isText: Shape = (value) => typeof value === 'string'

/** True for finite numbers. */
export const isNumber: Shape = (value) => Number.isFinite(value)

/** True for finite numbers of zero or more. */
export const isAmount: Shape = (value) => Number.isFinite(value) && Number(value) >= 0

/** True for whole numbers of zero or more. */
export const isCount: Shape = (value) => Number.isSafeInteger(value) && Number(value) >= 0

/** True for true and false. */
export const isFlag: Shape = (value) => typeof value === 'boolean'

/** Null, or of a shape. */
export const orNull =
  (shape: Shape): Shape =>
  (value) =>
    value === null || shape(value)

/** One of some texts. */
export const oneOf =
  (...texts: readonly string[]): Shape =>
  (value) =>
    texts.some((text) => text === value)

/** A list of some length, or of any. */
export const listOf =
  (shape: Shape, length?: number): Shape =>
  (value) =>
    Array.isArray(value) && (length === undefined || value.length === length) && value.every(shape)

/** A list whose places have shapes of their own. */
export const tupleOf =
  (...shapes: readonly Shape[]): Shape =>
  (value) =>
    Array.isArray(value) &&
    value.length === shapes.length &&
    shapes.every((shape, i) => shape(value[i]))

/** An object with these fields; others do no harm. */
export const objectOf =
  (fields: Readonly<Record<string, Shape>>): Shape =>
  (value) =>
    isFields(value) && Object.entries(fields).every(([name, shape]) => shape(value[name]))

/** Parses JSON; undefined for anything else. */
export const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
