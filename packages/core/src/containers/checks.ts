/** What the value of an option is. `undefined` stands for its default and is not looked at. */
export interface Kind {
  readonly text: string
  readonly is: (value: unknown) => boolean
}

/**
 * Options as they are now, read once: a getter or a later change cannot show something else than what was checked. A misspelt limit would be no
 * limit, and `'false'` would be true, so unknown names and values of another type throw `TypeError`.
 */
export function readOptions<T extends object>(
  of: string,
  given: T,
  kinds: Readonly<Record<keyof T, Kind>>,
): T {
  requireObject(of, given)
  refuseUnknown(of, given, kinds)
  return checkKinds(`${of} option`, given, kinds)
}

/** The fields of these names, and no others. Throws `TypeError` for the first of another type. */
export function checkKinds<T extends object>(
  of: string,
  given: T,
  kinds: Readonly<Record<keyof T, Kind>>,
): T {
  const read: Partial<T> = {}
  for (const name of Object.keys(kinds) as (keyof T & string)[]) {
    const value = given[name]
    if (value === undefined) continue
    const { is, text } = kinds[name]
    check(is(value), `the ${of} ${name} is ${text}, not ${shown(value)}`)
    read[name] = value
  }
  return read as T
}

export function refuseUnknown(
  of: string,
  given: object,
  known: Readonly<Record<string, unknown>>,
): void {
  const unknown = Object.keys(given).find((key) => !Object.hasOwn(known, key))
  check(unknown === undefined, `there is no ${of} option "${unknown}"`)
}

export function check(isGood: boolean, message: string): void {
  if (!isGood) throw new TypeError(`${message}.`)
}

/** A value of the caller in a message: short, and of objects and functions only what they are. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 40))
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return `${value}`
  if (typeof value === 'bigint') return `${value}n`
  return Array.isArray(value) ? 'a list' : `a value of type ${typeof value}`
}

function requireObject(of: string, given: unknown): void {
  const isObject = typeof given === 'object' && given !== null && !Array.isArray(given)
  check(isObject, `the ${of} options are an object, not ${shown(given)}`)
}
