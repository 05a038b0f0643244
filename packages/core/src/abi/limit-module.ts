import { resolveConfig } from '../containers/options.ts'
import type { ContainerConfig } from '../containers/types.ts'
import { digestOf } from './digest.ts'

/** Limits of a module that other code instantiates; they mean what they mean for containers, and have the same defaults. */
export type ModuleLimits = Pick<
  ContainerConfig,
  'maxMemory' | 'maxCpuTime' | 'maxFuel' | 'maxCallDepth'
>

/** An instance as glue code sees it. */
export interface LimitedInstance {
  /** The module's own exports. Each call of one of its functions runs under the limits. */
  readonly exports: Readonly<Record<string, WebAssembly.ExportValue>>
  /** Everything the module does inside of `work` counts as one call. */
  run<T>(work: () => T, options?: { readonly signal?: AbortSignal }): T
}

/** A module with limits in its bytes, for JavaScript that brings its own imports: what Emscripten, wasm-bindgen or `jco` generate. */
export interface LimitedModule {
  /** For glue that instantiates by itself; until `attach` the instance has fuel for 50 million instructions, and traps without. */
  readonly module: WebAssembly.Module
  /** Connects the limits of an instance that was made from `module`. */
  attach(exports: WebAssembly.Exports): LimitedInstance
  /** Throws `ContainerStartupError` for imports that do not fit and a start function that fails. */
  instantiate(imports?: WebAssembly.Imports): LimitedInstance
  /** Emscripten's option of this name. */
  readonly instantiateWasm: (
    imports: WebAssembly.Imports,
    done: (instance: WebAssembly.Instance) => void,
  ) => LimitedInstance['exports']
}

/**
 * Writes limits into a module that only its own glue code can run, and hands it to that code. The glue is trusted, and so is what it gives the
 * module; the module itself can neither run longer, nest deeper nor take more memory than allowed. A call that is stopped throws
 * `ContainerTimeoutError` through the glue and leaves the instance as it is.
 *
 * Rejects with `ContainerStartupError` (`MODULE_INVALID`, `MODULE_UNSUPPORTED`), `ContainerMemoryError` (`MEMORY_LIMIT`),
 * `ContainerSecurityError` (`RESERVED_NAME`), and `TypeError` for limits out of range.
 */
export async function limitModule(
  bytes: Uint8Array,
  limits: ModuleLimits = {},
): Promise<LimitedModule> {
  const { plan, maxCpuTimeMs } = resolveConfig(limits)
  // A page that limits no module needs none of this.
  const [{ prepareModule }, { openLimitedModule }] = await Promise.all([
    import('./prepare.ts'),
    import('./limited-module.ts'),
  ])
  const prepared = await prepareModule(bytes, plan, { digest: await digestOf(bytes) })
  const nowMs = (): number => performance.now()
  return openLimitedModule(prepared, { maxCpuTimeMs, maxFuel: limits.maxFuel, nowMs })
}
