// Fakes of the ports, for tests and examples
export { answer, createFakeRunner, echo, failure, hang, hangForever } from './fake-runner.ts'
export type { FakeBehaviour, FakeCall, FakeRunner, FakeRunnerOptions } from './fake-runner.ts'
export { createMemoryObjects } from './memory-objects.ts'
export { createMemoryTables } from './memory-tables.ts'
export { createManualClock } from './manual-clock.ts'
export type { ManualClock } from './manual-clock.ts'
