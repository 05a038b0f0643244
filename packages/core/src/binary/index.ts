// Limits that hold in the bytes
export { limitMemory } from './limit-memory.ts'
export { meterExports } from './meter-exports.ts'
export { meterModule, type MeterOptions } from './meter-module.ts'
export { createMeter, type Meter, type MeterStop } from './meter.ts'
