import type { Execution, WASMRuntime } from '../containers/types.ts'
import type * as nodeRuntimes from './index.ts'
import { createInThreadRuntime, environmentRuntime } from './in-thread.ts'
import type { RuntimeAdapter, RuntimeProbe } from './runtime-adapter.ts'
import type { WorkerRuntimeOptions } from './worker/worker-runtime.ts'

/** Engines that are part of this package. What is more than calling a module is loaded when it is asked for. */
export function ownRuntimes(workers: WorkerRuntimeOptions): RuntimeAdapter[] {
  const loadWorkers = async (name: 'browser' | 'nodejs'): Promise<RuntimeAdapter> =>
    (await import('./worker/worker-runtime.ts')).createWorkerRuntime(name, workers)
  return [
    createInThreadRuntime('nodejs'),
    createInThreadRuntime('browser'),
    later('nodejs', 'worker', () => loadWorkers('nodejs')),
    later('browser', 'worker', () => loadWorkers('browser')),
    later('nodejs', 'process', async () => (await loadForNode('nodejs')).createProcessRuntime()),
    ...(['wasmtime', 'wasmedge', 'wasmer'] as const).map((name) =>
      later(name, 'process', () => loadNative(name)),
    ),
  ]
}

/** Why an engine cannot even be looked for. */
class UnavailableError extends Error {
  override readonly name = 'UnavailableError'
}

async function loadNative(name: WASMRuntime): Promise<RuntimeAdapter> {
  const { nativeEngines, createNativeRuntime } = await loadForNode(name)
  const engine = nativeEngines.find((one) => one.name === name)
  if (engine === undefined) throw new UnavailableError(`there is no engine "${name}"`)
  return createNativeRuntime(engine)
}

type NodeRuntimes = typeof nodeRuntimes

/** What starts processes is there in Node only, so no bundler for a page may follow this. */
async function loadForNode(name: WASMRuntime): Promise<NodeRuntimes> {
  if (environmentRuntime() === 'browser')
    throw new UnavailableError(`this program runs in a browser, which starts no processes`)
  const url = entryOf(import.meta.url)
  if (url === undefined) {
    throw new UnavailableError(
      `this program was bundled without it; give it through "runtimes", from "@gaesup-state/core/runtimes" (${name})`,
    )
  }
  return (await import(/* @vite-ignore */ url)) as NodeRuntimes
}

/** Beside this file in the sources, else in `dist`. */
function entryOf(here: string): string | undefined {
  if (here.endsWith('.ts')) return new URL('./index.ts', here).href
  const at = here.lastIndexOf('/dist/')
  return at < 0 ? undefined : `${here.slice(0, at)}/dist/runtimes/index.js`
}

function later(
  name: WASMRuntime,
  execution: Execution,
  load: () => Promise<RuntimeAdapter>,
): RuntimeAdapter {
  let loaded: Promise<RuntimeAdapter> | undefined
  const adapter = (): Promise<RuntimeAdapter> => (loaded ??= load())
  return {
    name,
    execution,
    probe: () => adapter().then((one) => one.probe(), unavailable),
    start: async (prepared, host) => (await adapter()).start(prepared, host),
    async close() {
      await (await loaded)?.close?.()
    },
  }
}

function unavailable(error: unknown): RuntimeProbe {
  if (error instanceof UnavailableError) return { available: false, reason: error.message }
  throw error
}
