import type { WASMRuntime } from '../containers/types.ts'
import { ContainerStartupError } from '../errors.ts'
import { environmentRuntime } from './in-thread.ts'
import type { RuntimeAdapter } from './runtime-adapter.ts'

/** The default of the seed: taken where it is present. */
const preferred: WASMRuntime = 'wasmtime'

/**
 * An engine asked for by name, or none does. Without a name: `wasmtime` where it is present, else the engine this program
 * itself runs in. Throws `ContainerStartupError` (`RUNTIME_UNAVAILABLE`) with the probe's reason.
 */
export async function chooseRuntime(
  adapters: readonly RuntimeAdapter[],
  asked: WASMRuntime | undefined,
): Promise<RuntimeAdapter> {
  if (asked !== undefined) return require(adapters, asked)
  const first = await probe(adapters, preferred)
  return 'adapter' in first ? first.adapter : require(adapters, environmentRuntime())
}

async function require(
  adapters: readonly RuntimeAdapter[],
  name: WASMRuntime,
): Promise<RuntimeAdapter> {
  const found = await probe(adapters, name)
  if ('adapter' in found) return found.adapter
  throw new ContainerStartupError(
    `The runtime "${name}" is not available: ${found.reason}. Install it or ask for another.`,
    'RUNTIME_UNAVAILABLE',
    { runtime: name, reason: found.reason },
  )
}

async function probe(
  adapters: readonly RuntimeAdapter[],
  name: WASMRuntime,
): Promise<{ adapter: RuntimeAdapter } | { reason: string }> {
  const adapter = adapters.find((one) => one.name === name)
  if (adapter === undefined) return { reason: 'the manager has no adapter for it' }
  const result = await adapter.probe()
  return result.available ? { adapter } : { reason: result.reason }
}
