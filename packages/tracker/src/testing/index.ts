// Fakes of the ports
export { ManualClock } from './manual-clock.ts'
export { FakeSource } from './fake-source.ts'
