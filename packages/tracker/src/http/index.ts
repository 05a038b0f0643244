// The dashboard API, for any server that speaks fetch
export { createTrackerHandler } from './handler.ts'
export type { TrackerHandlerOptions } from './handler.ts'
// The same for node:http and what is built on it
export { toNodeListener } from './node.ts'
export type { FetchHandler } from './node.ts'
// Live, over a WebSocket that the server accepted
export { attachLive } from './websocket.ts'
export type { AttachLiveOptions, LiveSocket } from './websocket.ts'
// Exports to other systems
export { prefersOpenMetrics, toPrometheus } from './prometheus.ts'
export type { PrometheusOptions } from './prometheus.ts'
export { toOtlp } from '../push/otlp.ts'
// The wire
export { toWire, toWireEvent, toWireState } from './to-wire.ts'
