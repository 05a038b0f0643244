// The dashboard API, for any server that speaks fetch
export { createTrackerHandler } from './handler.ts'
export type { TrackerHandlerOptions } from './handler.ts'
// Live, over a WebSocket that the server accepted
export { attachLive } from './websocket.ts'
export type { AttachLiveOptions, LiveSocket } from './websocket.ts'
// Exports to other systems
export { toPrometheus } from './prometheus.ts'
export { toOtlp } from './otlp.ts'
// The wire
export { toWire, toWireEvent, toWireState } from './to-wire.ts'
