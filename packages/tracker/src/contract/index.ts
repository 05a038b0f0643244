// Live messages
export type {
  WireEvent,
  WireGap,
  WireHeartbeat,
  WireMessage,
  WireMetrics,
  WireRollup,
  WireSnapshot,
  WireState,
} from './wire.ts'
export { parseWireMessage } from './parse.ts'
// Answers
export type {
  WireAlert,
  WireAlerts,
  WireAnomaly,
  WireError,
  WireErrorCode,
  WireFlight,
  WireForecast,
  WireHistory,
  WireInsights,
  WireMetricName,
  WireTrend,
} from './resources.ts'
// A page's state
export { emptyBoard, reduceBoard, resumeAfter } from './board.ts'
export type { Board } from './board.ts'
