// The wire
export type {
  WireError,
  WireEvent,
  WireGap,
  WireMessage,
  WireMetrics,
  WireRollup,
  WireSnapshot,
  WireState,
} from './wire.ts'
export { parseWireMessage } from './parse.ts'
// A page's state
export { emptyBoard, reduceBoard } from './board.ts'
export type { Board } from './board.ts'
