/** A misspelt limit would be no limit. */
export function refuseUnknown(
  of: string,
  given: object,
  known: Readonly<Record<string, true>>,
): void {
  const unknown = Object.keys(given).find((key) => !Object.hasOwn(known, key))
  check(unknown === undefined, `there is no ${of} option "${unknown}"`)
}

export function check(isGood: boolean, message: string): void {
  if (!isGood) throw new TypeError(`${message}.`)
}
