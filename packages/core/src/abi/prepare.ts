import { exportForHost } from '../binary/export-for-host.ts'
import { limitMemory, meterModule } from '../binary/index.ts'
import { reservedPrefix } from '../binary/meter-module.ts'
import { readModuleShape, type ModuleShape } from '../binary/module-shape.ts'
import { ContainerSecurityError, ContainerStartupError } from '../errors.ts'
import { compileBridge } from './budget.ts'
import { isComponent } from './component/is-component.ts'
import type { Transpiler } from './component/late-transpiler.ts'
import type { PreparedComponent } from './component/prepare.ts'
import { detectAbi } from './detect.ts'
import type { AbiName } from './guest.ts'
import { setArgumentsLength } from './optional-call.ts'
import { exportStack } from './stack-pointer.ts'

/** Limits that are written into the bytes. */
export interface LimitPlan {
  readonly maxPages: number
  /** Undefined leaves the meter out. */
  readonly meter: { readonly startFuel: bigint; readonly maxCallDepth: number } | undefined
}

/** A module with its limits in it, compiled. It can be instantiated any number of times. */
export interface PreparedModule {
  readonly module: WebAssembly.Module
  /** Of the bytes as they came, not as they were rewritten. */
  readonly shape: ModuleShape
  readonly abi: AbiName
  /** Functions that may be called with fewer arguments than their type has, once they are told how many. */
  readonly optional: ReadonlySet<string>
  readonly plan: LimitPlan
  /** Through which the host is asked for more fuel. */
  readonly bridge: WebAssembly.Module
  /** `sha256:` and hex, of the bytes as they came. */
  readonly digest: string
  /** What was compiled: for engines that are no part of this program. */
  readonly bytes: Uint8Array
  /** Length of the compiled bytes. */
  readonly sizeBytes: number
  /** Where the bytes were a component; everything above is then of its first core module. */
  readonly component?: PreparedComponent
}

/** With what a module is prepared. */
export interface PreparePorts {
  /** `sha256:` and hex, of the bytes. */
  readonly digest: string
  /** For components; without it they are refused. */
  readonly transpiler?: Pick<Transpiler, 'transpile'> | undefined
  /** Ends the taking apart of a component. */
  readonly signal?: AbortSignal | undefined
}

/** Of a plugin's memory limit this share is for the kernel that holds what it exchanges with the host. */
export const kernelShare = 4

/**
 * Throws `ContainerStartupError` (`MODULE_INVALID`, `MODULE_UNSUPPORTED`), `ContainerMemoryError` and
 * `ContainerSecurityError` (`RESERVED_NAME`); for components as `Transpiler.transpile` does besides.
 */
export async function prepareModule(
  bytes: Uint8Array,
  plan: LimitPlan,
  ports: PreparePorts,
): Promise<PreparedModule> {
  if (isComponent(bytes)) return prepareAsComponent(bytes, plan, ports)
  const shape = readModuleShape(bytes)
  refuseReserved(shape)
  const abi = detectAbi(shape)
  const pages = abi === 'extism' ? plan.maxPages - kernelPages(plan.maxPages) : plan.maxPages
  const limited = limitMemory(bytes, pages)
  const metered =
    plan.meter === undefined
      ? limited
      : meterModule(limited, {
          fuel: plan.meter.startFuel,
          maxCallDepth: plan.meter.maxCallDepth,
          asksHost: true,
        })
  const open = exportForHost(metered, {
    globals: shape.globals.filter(({ isMutable }) => isMutable),
    memory: shape.hasMemory,
  })
  const ready = exportStack(open, bytes, shape)
  return {
    module: await compile(abi === 'extism' ? await withKernel(ready, plan) : ready),
    shape,
    abi,
    optional: await optionalOf(bytes, shape),
    plan,
    bridge: compileBridge(),
    digest: ports.digest,
    bytes: ready,
    sizeBytes: ready.length,
  }
}

/** A plugin with its kernel in it, where the engine can have both in one module. `bytes` stay as they are: engines elsewhere link their own. */
async function withKernel(bytes: Uint8Array, { maxPages }: LimitPlan): Promise<Uint8Array> {
  const { linkKernel } = await import('./extism/link-kernel.ts')
  return linkKernel(bytes, kernelPages(maxPages)) ?? bytes
}

async function prepareAsComponent(
  bytes: Uint8Array,
  plan: LimitPlan,
  ports: PreparePorts,
): Promise<PreparedModule> {
  const { prepareComponent } = await import('./component/prepare.ts')
  return prepareComponent(bytes, plan, { ...ports, prepare: prepareModule })
}

async function optionalOf(bytes: Uint8Array, shape: ModuleShape): Promise<ReadonlySet<string>> {
  if (!shape.exports.has(setArgumentsLength)) return new Set()
  const { withOptionalParameters } = await import('./optional-parameters.ts')
  return withOptionalParameters(bytes, shape)
}

/** Pages of the limit that an Extism plugin's kernel gets. */
export function kernelPages(maxPages: number): number {
  return Math.max(2, Math.floor(maxPages / kernelShare))
}

function refuseReserved(shape: ModuleShape): void {
  const name = [...shape.exports.keys()].find((one) => one.startsWith(reservedPrefix))
  if (name === undefined) return
  throw new ContainerSecurityError(
    `The module exports "${name}"; names that start with "${reservedPrefix}" belong to the host.`,
    'RESERVED_NAME',
    { name },
  )
}

async function compile(bytes: Uint8Array): Promise<WebAssembly.Module> {
  try {
    return await WebAssembly.compile(bytes as Uint8Array<ArrayBuffer>)
  } catch (cause) {
    throw new ContainerStartupError('The engine does not compile this module.', 'MODULE_INVALID', {
      cause,
    })
  }
}
