// System interface
export { createWasi, type Wasi, type WasiFunction, type WasiOptions } from './create-wasi.ts'
export type { WasiDevice } from './devices.ts'
export type { WasiClock } from './guest.ts'
export type { SystemCallName } from './system-calls.ts'
// Numbers of the standard
export { Errno } from './errno.ts'
