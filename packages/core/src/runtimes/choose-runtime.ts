import type { Execution, WASMRuntime } from '../containers/types.ts'
import { ContainerStartupError } from '../errors.ts'
import { environmentRuntime } from './in-thread.ts'
import type { RuntimeAdapter } from './runtime-adapter.ts'

/** Engines that a manager knows. */
export interface KnownRuntimes {
  /** Those its configuration brought. */
  readonly given: readonly RuntimeAdapter[]
  /** Those that are part of this package. */
  readonly own: readonly RuntimeAdapter[]
}

export interface AskedRuntime {
  readonly runtime?: WASMRuntime | undefined
  readonly execution?: Execution | undefined
}

/** The default of the seed: taken where a manager was given it. */
const preferred: WASMRuntime = 'wasmtime'

/**
 * An engine asked for by name, or none does. Without a name: `wasmtime` where the manager was given it and it is present, else the
 * engine this program itself runs in. Throws `ContainerStartupError` (`RUNTIME_UNAVAILABLE`) with the probe's reason.
 */
export async function chooseRuntime(
  { given, own }: KnownRuntimes,
  asked: AskedRuntime,
): Promise<RuntimeAdapter> {
  const all = [...given, ...own]
  if (asked.runtime !== undefined) return require(all, asked.runtime, asked.execution)
  const first = await probe(given, preferred, asked.execution)
  return 'adapter' in first ? first.adapter : require(all, environmentRuntime(), asked.execution)
}

async function require(
  adapters: readonly RuntimeAdapter[],
  name: WASMRuntime,
  execution: Execution | undefined,
): Promise<RuntimeAdapter> {
  const found = await probe(adapters, name, execution)
  if ('adapter' in found) return found.adapter
  const where = execution === undefined ? '' : ` with execution "${execution}"`
  throw new ContainerStartupError(
    `The runtime "${name}"${where} is not available: ${found.reason}. Install it or ask for another.`,
    'RUNTIME_UNAVAILABLE',
    { runtime: name, execution, reason: found.reason },
  )
}

async function probe(
  adapters: readonly RuntimeAdapter[],
  name: WASMRuntime,
  execution: Execution | undefined,
): Promise<{ adapter: RuntimeAdapter } | { reason: string }> {
  const named = adapters.filter((one) => one.name === name)
  const adapter = named.find((one) => execution === undefined || one.execution === execution)
  if (adapter === undefined) return { reason: reasonOf(named) }
  const result = await adapter.probe()
  return result.available ? { adapter } : { reason: result.reason }
}

function reasonOf(named: readonly RuntimeAdapter[]): string {
  const places = named.map(({ execution }) => `"${execution}"`)
  return places.length === 0
    ? 'the manager has no adapter for it'
    : `it runs with execution ${places.join(' or ')} only`
}
