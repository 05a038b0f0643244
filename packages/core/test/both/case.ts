/** Gives the bytes of a module by its name. */
export type Load = (name: string) => Promise<Uint8Array>

/** A test that runs in Node and in a page alike. It throws when what its title says is not so; what it gives is printed. */
export interface Case {
  readonly title: string
  /** Options and methods, as `Type.field`, that it tries to get the better of: for the published list. */
  readonly attacks?: readonly string[]
  readonly run: (load: Load) => Promise<void | string>
}

export function equal(actual: unknown, expected: unknown): void {
  const [got, wanted] = [JSON.stringify(actual), JSON.stringify(expected)]
  if (got !== wanted) throw new Error(`got ${got} instead of ${wanted}`)
}

/** The work must fail with this code. */
export async function refused(work: Promise<unknown>, code: string): Promise<void> {
  const result = await work.then(
    (value) => `the value ${JSON.stringify(value)}`,
    (error: unknown) => codeOf(error, code),
  )
  equal(result, code)
}

/** The same for work that is done at once. */
export function throws(work: () => unknown, code: string): void {
  let result: string
  try {
    result = `the value ${JSON.stringify(work())}`
  } catch (error) {
    result = codeOf(error, code)
  }
  equal(result, code)
}

/** An error without a code is known by its name, where that is what is expected. */
function codeOf(error: unknown, expected: string): string {
  const { code, name } = error as { readonly code?: string; readonly name?: string }
  return code ?? (name === expected ? name : String(error))
}

/** The work must be done in so many milliseconds; leave room for a slow machine. */
export async function within(ms: number, work: () => unknown): Promise<void> {
  const begun = performance.now()
  await work()
  const took = performance.now() - begun
  if (took > ms) throw new Error(`it took ${took} ms`)
}

/** `Type.field` of several fields. */
export function of(type: string, fields: string): string[] {
  return fields.split(' ').map((field) => `${type}.${field}`)
}
