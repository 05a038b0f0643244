import { unsupported } from '../../binary/byte-cursor.ts'
import { ContainerSecurityError } from '../../errors.ts'
import { generate, type Bindgen, type Made } from './bindgen.ts'
import { limitGlue, type GlueImport } from './glue.ts'
import { readComponent } from './read-component.ts'

/**
 * Types may hold each other twice, many levels deep: jco writes each place out. Engines take a second to compile so much when it is first called, and
 * nothing can stop them.
 */
const largestGlue = 4 << 20

/** A component taken apart: JavaScript that lifts and lowers values, and the core modules it instantiates. */
export interface TranspiledComponent {
  /** Body of a function that gives `instantiate`. */
  readonly glue: string
  readonly cores: ReadonlyMap<string, Uint8Array>
  readonly exports: Made['exports']
  readonly imports: readonly GlueImport[]
  /** Names of core modules, each as often as it is instantiated. */
  readonly instances: readonly string[]
}

/**
 * Throws `ContainerStartupError` (`MODULE_INVALID`, `MODULE_UNSUPPORTED`, `RUNTIME_UNAVAILABLE`), `ContainerMemoryError` (`MEMORY_LIMIT`), and
 * `ContainerSecurityError` (`FORBIDDEN`) for a component whose names are no plain names, or that imports another WASI than 0.2.
 */
export async function takeApart(bindgen: Bindgen, bytes: Uint8Array): Promise<TranspiledComponent> {
  refuseVersions(readComponent(bytes).imports)
  const { files, exports } = await generate(bindgen, bytes)
  const glue = files.find(([name]) => name.endsWith('.js'))?.[1]
  if ((glue?.length ?? 0) > largestGlue) unsupported('types that need so much code')
  const { text, imports, instances } = limitGlue(new TextDecoder().decode(glue))
  const cores = new Map(files.filter(([name]) => name.endsWith('.wasm')))
  return { glue: text, imports, instances, cores, exports }
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
