import { ContainerMemoryError, ContainerStartupError } from '../../errors.ts'
import { createVirtualFiles } from '../../files/virtual-files.ts'
import { hostClock, hostRandom } from '../../wasi/host-defaults.ts'
import { createWasi2, type Interfaces } from '../../wasi2/create-wasi2.ts'
import { evaluateFunction } from './evaluate.ts'

/** The transpiler of `jco`: itself a component, taken apart. */
export interface Bindgen {
  /** Its glue, a module. */
  readonly glue: string
  /** Its core modules, by the names under which the glue loads them. */
  readonly modules: Readonly<Record<string, WebAssembly.Module>>
}

/** What it makes of a component. */
export interface Made {
  readonly files: readonly (readonly [name: string, bytes: Uint8Array])[]
  readonly exports: readonly (readonly [name: string, kind: 'function' | 'instance'])[]
}

interface Opened {
  readonly $init: Promise<void>
  generate(component: Uint8Array, options: object): Made
}

/** In the words of the transpiler itself: those that are left out are off. */
const options = {
  name: 'component',
  map: [],
  instantiation: { tag: 'sync' },
  noComponentErrorWrapping: true,
  noNodejsCompat: true,
  noTypescript: true,
  base64Cutoff: 5000,
}

/**
 * Takes a component apart in a new instance of the transpiler, so that nothing is left of one on which it panics. It runs over our own WASI 0.2, with
 * no folder, no environment and no output.
 *
 * Throws `ContainerStartupError` (`MODULE_INVALID`, `RUNTIME_UNAVAILABLE`) and `ContainerMemoryError` (`MEMORY_LIMIT`).
 */
export async function generate({ glue, modules }: Bindgen, component: Uint8Array): Promise<Made> {
  const panic = { text: '' }
  const text = toFunction(glue)
  const open = evaluateFunction(text, ['shims', 'modules'])
  const opened = open(openShims(panic), modules) as Opened
  await opened.$init
  try {
    return opened.generate(component, options)
  } catch (cause) {
    if (/memory allocation of \d+ bytes failed/.test(panic.text) || cause instanceof RangeError)
      throw new ContainerMemoryError(
        'jco needs more memory to take this component apart than it may have.',
        'MEMORY_LIMIT',
        { cause },
      )
    throw new ContainerStartupError(
      'The bytes are no component that jco takes apart.',
      'MODULE_INVALID',
      { cause },
    )
  }
}

const packageName = '@bytecodealliance/preview2-shim/'

/** The module without what only modules can: its imports and exports are those of a function. */
function toFunction(glue: string): string {
  const text = glue
    .replaceAll(
      /^import \{([^}]*)\} from '([^']+)';$/gm,
      (_all, names: string, from: string) =>
        `const {${names.replaceAll(' as ', ': ')}} = shims['${from}'];`,
    )
    .replaceAll(
      /\bfetchCompile\(new URL\('\.\/([^']+)', import\.meta\.url\)\)/g,
      "Promise.resolve(modules['$1'])",
    )
    .replaceAll(/^export \{[^}]*\}$/gm, '')
    .replaceAll(/^export const /gm, 'const ')
  return `${text}\nreturn { $init, generate };`
}

/** `interface` of `wasi:package/interface`, in camel case, as the packages of jco's own shims have them. */
function openShims(panic: { text: string }): Readonly<Record<string, Interfaces>> {
  const decoder = new TextDecoder()
  const wasi = createWasi2({
    files: createVirtualFiles({ quota: { bytes: 0, inodes: 8 } }),
    preopens: [],
    args: [],
    env: {},
    stdin: new Uint8Array(),
    write(_stream, bytes) {
      panic.text = (panic.text + decoder.decode(bytes)).slice(-mostPanicText)
    },
    clock: hostClock,
    random: hostRandom,
    sleep: () => undefined,
    allow: undefined,
    open: new Set(),
  })
  const shims: Record<string, Record<string, Interfaces[string]>> = {}
  for (const [name, group] of Object.entries(wasi)) {
    const [, kind = '', one = ''] = /^wasi:([^/]+)\/(.+)$/.exec(name) ?? []
    const camel = one.replaceAll(/-(.)/g, (_all, letter: string) => letter.toUpperCase())
    ;(shims[`${packageName}${kind}`] ??= {})[camel] = group
  }
  return shims
}

const mostPanicText = 4096
