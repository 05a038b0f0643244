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
  if (starting.test(text)) unknownGlue()
  refuseShadows(text)
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

/** Modules come and start through what the glue is given, and nowhere else. */
const starting =
  /\bWebAssembly\.(?:Module|Instance|compile|instantiate)\b|\b(?:import|eval|Function|fetch|require)\(/

/** What everything of the component is declared inside of, under names of its own. */
const inside = 'function* _initGenerator'
/** Beside the functions and classes that stand before it. */
const taken =
  /^(?:imports|getCoreModule|instantiateCore|module\d+|gen|dv|dataView|emptyFunc|symbol\w+|undefined|globalThis|eval|arguments)$/

/** `jco` gives way to names of the language, and not to all of its own: a component could stand in for what lifts its values. */
function refuseShadows(text: string): void {
  const [before = '', after = ''] = text.split(inside)
  const own = new Set(namesAt(before, /^ *(?:async )?(?:function\*?|class) ([\w$]+)/gm))
  const names = namesAt(after, /^ {4}(?:async )?(?:function\*?|class|const|let) ([\w$]+)/gm)
  const shadow = names.find((name) => own.has(name) || taken.test(name))
  if (shadow !== undefined) unsupported(`an export that jco calls "${shadow}", as its own`)
}

function namesAt(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, name = '']) => name)
}

const made = 'table._createdReps.add(rep);'
const removed = 'borrowTask?.removeBorrowedHandle();'
const borrowed = 'table.push(scopeId);'

const entry = 'export function instantiate('

const steps: readonly ((text: string) => string)[] = [
  (text) => {
    if (text.includes(borrowed)) unsupported('resources that components lend each other')
    return text
  },
  // It would keep a number for every handle that ever was.
  (text) => insert(text, 'function rscTableCreateOwn(table,', [made, `${crossing}.made();`]),
  (text) =>
    insert(text, 'function rscTableRemove(table,', [
      removed,
      `${removed}\n    ${crossing}.gone();`,
    ]),
  (text) =>
    text.replace(
      'instantiateCore = (module, importObject) => new WebAssembly.Instance(module, importObject)',
      'instantiateCore',
    ),
  // A destructor that fails when the host collects its resource would end the process.
  (text) =>
    insert(text, 'function finalizationRegistryCreate (unregister', [
      'new FinalizationRegistry(',
      `new ${crossing}.Registry(`,
    ]),
  // It would read the environment of the process some ten times for each call.
  (text) => text.replace('if (!globalThis?.process?.env?.JCO_DEBUG) { return; }', 'return;'),
  (text) => text.replaceAll('new TextDecoder(', `new ${crossing}.Decoder(`),
  (text) => text.replaceAll(/\b(\w+)\.buffer\.slice\(/g, `${crossing}.slice($1.buffer, `),
  // A module would stay until the thread ends; of a function nothing does.
  (text) => {
    const body = text.replace('\nexport const _util = ', '\nconst _util = ').split(entry)
    if (body.length !== 2 || body.some((part) => /^(?:export|import)\b/m.test(part))) unknownGlue()
    return `${body.join('function instantiate(')}\nreturn instantiate;`
  },
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
