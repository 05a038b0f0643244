// Engine in memory
export { createFakeEngine } from './fake-engine.ts'
export type { FakeEngine, FakeEngineOptions } from './fake-engine.ts'
export type { FakeProgram, FakeProgramContext } from './fake-programs.ts'
// Connection in memory
export { createMemoryTransportPair } from './memory-transport.ts'
export type { MemoryClient, MemoryTransportPair } from './memory-transport.ts'
// Time
export { createManualClock } from './manual-clock.ts'
export type { ManualClock } from './manual-clock.ts'
