/** The host's functions as the compiler needs them: `declaration` is AssemblyScript, absent where the source declares it. */
export interface DeclaredImport {
  readonly module: string
  readonly name: string
  readonly signature?: string
}
export type DeclaredImports = readonly DeclaredImport[]

const identifier = /^[A-Za-z_$][\w$]*$/
const type = '(?:[iu](?:8|16|32|64)|f32|f64|bool|string|usize|isize)'
const parameter = String.raw`[A-Za-z_$][\w$]*\s*:\s*${type}`
const signaturePattern = new RegExp(
  String.raw`^\(\s*(?:${parameter}(?:\s*,\s*${parameter})*)?\s*\)\s*:\s*(?:${type}|void)$`,
)

/** Reads the option `imports`. Throws `TypeError` for what says nothing, so that a wrong name is no silent one. */
export function parseImports(imports: Readonly<Record<string, unknown>>): DeclaredImports {
  return Object.entries(imports).flatMap(([module, group]) => {
    if (typeof group !== 'object' || group === null)
      throw new TypeError(`imports.${module} is an object of functions by name.`)
    return Object.entries(group).map(([name, value]) => parseImport({ module, name }, value))
  })
}

function parseImport(named: { module: string; name: string }, value: unknown): DeclaredImport {
  if (value === true || typeof value === 'function') return named
  const where = `imports.${named.module}.${named.name}`
  if (typeof value !== 'string' || !signaturePattern.test(value.trim()))
    throw new TypeError(
      `${where} is a signature such as "(value: i32): void", a function, or true.`,
    )
  if (!identifier.test(named.name))
    throw new TypeError(
      `${where} has a name the source cannot say; declare it there and give true.`,
    )
  return { ...named, signature: value.trim() }
}

/** The declarations as an AssemblyScript file whose names every file sees. */
export function declarationsOf(imports: DeclaredImports): string {
  return imports
    .flatMap(({ module, name, signature }) =>
      signature === undefined
        ? []
        : [
            `// @ts-ignore: decorator\n@global @external(${JSON.stringify(module)}, ${JSON.stringify(name)})\ndeclare function ${name}${signature}\n`,
          ],
    )
    .join('')
}
