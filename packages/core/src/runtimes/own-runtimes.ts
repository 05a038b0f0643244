import type { Execution, WASMRuntime } from '../containers/types.ts'
import { createInThreadRuntime } from './in-thread.ts'
import type { RuntimeAdapter } from './runtime-adapter.ts'
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
  ]
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
    probe: async () => (await adapter()).probe(),
    start: async (prepared, host) => (await adapter()).start(prepared, host),
    async close() {
      await (await loaded)?.close?.()
    },
  }
}
