import type { VirtualFiles } from '../../files/types.ts'
import { closeWorld, createWasi2 } from '../../wasi2/create-wasi2.ts'
import type { GuestCallOptions } from '../guest.ts'
import type { ReadyHost, WasiRun } from '../guest-host.ts'
import { chooseComponentImports } from './choose-imports.ts'
import { Cores } from './cores.ts'
import { crossingImport } from './glue.ts'
import type { PreparedComponent } from './prepare.ts'
import { createWorld } from './world.ts'

export type Api = Readonly<Record<string, unknown>>

/** What `jco` writes for a component that is instantiated synchronously. */
export type Instantiate = (
  getCore: (name: string) => WebAssembly.Module,
  imports: object,
  instantiateCore: (
    module: WebAssembly.Module,
    imports?: Record<string, Record<string, unknown>>,
  ) => Pick<WebAssembly.Instance, 'exports'>,
) => Api

/** A component that can be instantiated. */
export interface LoadedComponent {
  readonly prepared: PreparedComponent
  readonly instantiate: Instantiate
  readonly host: ReadyHost
  readonly files: VirtualFiles
}

/** One instance with a world of its own, and the budget that all its calls run in. */
export interface ComponentInstance {
  /** Instantiates it: call inside `run`. */
  readonly open: () => Api
  readonly run: <T>(work: () => T, options?: GuestCallOptions) => T
  readonly memoryBytes: () => number
  /** Resources that are open. */
  readonly handles: () => number
  /** Closes what it left open. */
  readonly close: () => void
}

/** Throws `ContainerSecurityError` (`FORBIDDEN`) for imports that are not given. */
export function createInstance(
  { prepared, instantiate, host, files }: LoadedComponent,
  run: Omit<WasiRun, 'leftMs'>,
): ComponentInstance {
  const cores = new Cores(prepared, host)
  const world = createWorld(host, files, { ...run, leftMs: () => cores.leftMs() })
  const imports = {
    ...chooseComponentImports(prepared.imports, host, createWasi2(world)),
    [crossingImport]: cores.crossing,
  }
  return {
    open: () => instantiate(cores.module, imports, cores.instantiate),
    run: (work, options) => cores.run(work, options),
    memoryBytes: () => cores.memoryBytes(),
    handles: () => cores.crossing.handles,
    close: () => closeWorld(world),
  }
}
