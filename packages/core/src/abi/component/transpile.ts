import { unsupported } from '../../binary/byte-cursor.ts'
import { ContainerSecurityError, ContainerStartupError } from '../../errors.ts'
import { environmentRuntime } from '../../runtimes/in-thread.ts'
import { transpileFresh } from './fresh-transpiler.ts'
import { limitGlue, type GlueImport } from './glue.ts'
import { readComponent } from './read-component.ts'

const packageName = '@bytecodealliance/jco-transpile'
/** Types may hold each other twice, many levels deep: jco writes each place out, up to some hundred megabytes. */
const largestGlue = 16 << 20
const install = `npm install ${packageName}@0.15.0`

/** A component taken apart: JavaScript that lifts and lowers values, and the core modules it instantiates. */
export interface TranspiledComponent {
  readonly glue: string
  readonly cores: ReadonlyMap<string, Uint8Array>
  readonly exports: readonly (readonly [name: string, kind: 'function' | 'instance'])[]
  readonly imports: readonly GlueImport[]
  /** Names of core modules, each as often as it is instantiated. */
  readonly instances: readonly string[]
}

/** What of the optional package is used. */
interface Transpiler {
  transpileBytes(component: Uint8Array, options: object): Promise<Made>
}

interface Made {
  readonly files: Readonly<Record<string, Uint8Array>>
  readonly exports: TranspiledComponent['exports']
}

const options = {
  name: 'component',
  instantiation: 'sync',
  nodejsCompat: false,
  wasiShim: false,
  emitTypescriptDeclarations: false,
} as const

/**
 * Throws `ContainerStartupError`: `RUNTIME_UNAVAILABLE` without the optional package or outside of Node, `MODULE_INVALID`; and
 * `ContainerSecurityError` (`FORBIDDEN`) for a component whose names are no plain names, or that imports another WASI than 0.2.
 */
export async function transpileComponent(bytes: Uint8Array): Promise<TranspiledComponent> {
  const transpiler = await loadTranspiler()
  refuseVersions(readComponent(bytes).imports)
  const made = await transpile(transpiler, bytes)
  const files = Object.entries(made.files)
  const glue = files.find(([name]) => name.endsWith('.js'))?.[1]
  if ((glue?.length ?? 0) > largestGlue) unsupported('types that need so much code')
  const { text, imports, instances } = limitGlue(new TextDecoder().decode(glue))
  return {
    glue: text,
    imports,
    instances,
    cores: new Map(files.filter(([name]) => name.endsWith('.wasm'))),
    exports: made.exports,
  }
}

async function transpile(transpiler: Transpiler, bytes: Uint8Array): Promise<Made> {
  try {
    return await transpiler.transpileBytes(bytes, options).catch((cause: unknown) => {
      // One component, now or before, on which jco panics is to stop no other.
      if (!(cause instanceof WebAssembly.RuntimeError)) throw cause
      return transpileFresh(packageName, bytes, options) as Promise<Made>
    })
  } catch (cause) {
    throw new ContainerStartupError(
      'The bytes are no component that jco takes apart.',
      'MODULE_INVALID',
      { cause },
    )
  }
}

/** Within 0.2 every version has what the ones before it had. `jco` leaves versions out, so that another would be taken for it. */
function refuseVersions(imports: readonly string[]): void {
  const foreign = imports.filter((name) => name.startsWith('wasi:') && !/@0\.2\.\d+$/.test(name))
  if (foreign.length === 0) return
  throw new ContainerSecurityError(
    `The component imports another WASI than 0.2: ${foreign.slice(0, 5).join(', ')}.`,
    'FORBIDDEN',
    { imports: foreign },
  )
}

async function loadTranspiler(): Promise<Transpiler> {
  if (environmentRuntime() !== 'nodejs') unavailable('components are taken apart in Node only')
  try {
    // Bundlers for browsers must not follow it.
    const name: string = packageName
    return (await import(/* @vite-ignore */ name)) as Transpiler
  } catch (error) {
    return unavailable(`the package ${packageName} cannot be loaded. Run: ${install}`, error)
  }
}

function unavailable(reason: string, cause?: unknown): never {
  throw new ContainerStartupError(`This is a component: ${reason}.`, 'RUNTIME_UNAVAILABLE', {
    packageName,
    install,
    cause,
  })
}
