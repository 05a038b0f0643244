import { unsupported } from '../../binary/byte-cursor.ts'
import { ContainerStartupError } from '../../errors.ts'

/** The import under which the glue finds its `Crossing`. No interface is called so, as it has no `/`. */
export const crossingImport = 'gaesup:crossing'
const crossing = `imports['${crossingImport}']`

/** What the glue asks for at its start. */
export interface GlueImport {
  /** An interface without its version, or a function of the world. */
  readonly module: string
  /** Functions and resources of the interface; of a function of the world it is `default`. */
  readonly names: readonly string[]
}

export interface Glue {
  readonly text: string
  readonly imports: readonly GlueImport[]
  /** Names of the core modules, each as often as it is instantiated. */
  readonly instances: readonly string[]
}

/**
 * Writes the limits of `Crossing` into what `jco` wrote, and reads what that will do. Throws `ContainerStartupError`: `MODULE_UNSUPPORTED`, or
 * `RUNTIME_UNAVAILABLE` for glue in which the places are not found, as another version's.
 */
export function limitGlue(written: string): Glue {
  if (/\b(?:isAsync|funcTypeIsAsync): true\b/.test(written))
    unsupported('asynchronous functions of components')
  const text = steps.reduce((result, step) => step(result), written)
  const files = new Map(
    [...text.matchAll(/^ *const (module\d+) = getCoreModule\('([^']+)'\);$/gm)].map(
      ([, name = '', file = '']) => [name, file],
    ),
  )
  const instances = [...text.matchAll(/\binstantiateCore\((module\d+)\b/g)].map(
    ([, name = '']) => files.get(name) ?? unknownGlue(),
  )
  return { text, imports: readImports(text), instances }
}

const made = 'table._createdReps.add(rep);'
const removed = 'borrowTask?.removeBorrowedHandle();'
const borrowed = 'table.push(scopeId);'

const steps: readonly ((text: string) => string)[] = [
  (text) => {
    if (text.includes(borrowed)) unsupported('resources that components lend each other')
    return text
  },
  // It would keep a number for every handle that ever was.
  (text) => insert(text, 'function rscTableCreateOwn(', [made, `${crossing}.made();`]),
  (text) =>
    insert(text, 'function rscTableRemove(', [removed, `${removed}\n    ${crossing}.gone();`]),
  // It would read the environment of the process some ten times for each call.
  (text) => text.replace('if (!globalThis?.process?.env?.JCO_DEBUG) { return; }', 'return;'),
  (text) => text.replaceAll('new TextDecoder(', `new ${crossing}.Decoder(`),
  (text) => text.replaceAll(/\b(\w+)\.buffer\.slice\(/g, `${crossing}.slice($1.buffer, `),
]

/** Where the function is there, the place is there once. */
function insert(
  text: string,
  head: string,
  [place, replacement]: readonly [string, string],
): string {
  if (!text.includes(head)) return text
  const parts = text.split(place)
  return parts.length === 2 ? parts.join(replacement) : unknownGlue()
}

function readImports(text: string): GlueImport[] {
  const found = text.matchAll(
    /^ *const (?:\{ ([^}]*) \}|\S+) = imports(?:\.([\w$]+)|\['([^']+)'\])(?:\.default)?;$/gm,
  )
  return [...found].map(([, list, plain, quoted]) => ({
    module: plain ?? quoted ?? unknownGlue(),
    names: list?.split(',').map((one) => one.split(':')[0]?.trim() ?? '') ?? ['default'],
  }))
}

function unknownGlue(): never {
  throw new ContainerStartupError(
    'jco wrote what this version of containers cannot limit: install the version that is named as its peer dependency.',
    'RUNTIME_UNAVAILABLE',
  )
}
