import type { Execution, WASMRuntime } from '../containers/types.ts'
import { createInThreadRuntime } from './in-thread.ts'
import type { RuntimeAdapter } from './runtime-adapter.ts'
import type { WorkerRuntimeOptions } from './worker/worker-runtime.ts'

const inProcesses = ['nodejs', 'wasmtime', 'wasmedge', 'wasmer'] as const
const inThreads = ['nodejs', 'browser'] as const

/** Engines that are part of this package. What is more than calling a module is loaded when it is asked for. */
export function ownRuntimes(workers: WorkerRuntimeOptions): RuntimeAdapter[] {
  return [
    ...inThreads.map((name) => createInThreadRuntime(name)),
    ...inThreads.map((name) =>
      later(name, 'worker', async () => {
        const { createWorkerRuntime } = await import('./worker/worker-runtime.ts')
        return createWorkerRuntime(name, workers)
      }),
    ),
    ...inProcesses.map((name) =>
      later(name, 'process', async () =>
        (await import('./node-runtimes.ts')).loadProcessRuntime(name),
      ),
    ),
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
