import type { RuntimeAdapter } from '../../src/index.ts'

const names = ['wasmtime', 'wasmer', 'wasmedge'] as const

/** Native engines as on a machine that has none, whatever this one has. */
export const absentEngines: readonly RuntimeAdapter[] = names.map((name) => ({
  name,
  execution: 'process',
  probe: () => Promise.resolve({ available: false, reason: `"${name}" is not on the PATH` }),
  start: () => Promise.reject(new Error(`${name} was started`)),
}))
