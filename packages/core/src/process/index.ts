// Locked processes
export {
  lockedArguments,
  startLockedProcess,
  type LockedProcess,
  type LockedProcessOptions,
  type ProcessEnd,
  type ProcessListener,
} from './locked-process.ts'
// What a locked process does to itself
export { lockDown, LockedError } from './lockdown.ts'
// Control protocol
export {
  decodeHeaded,
  decodeList,
  encodeFrame,
  encodeHeaded,
  encodeList,
  FrameReader,
  ProtocolError,
  type Frame,
} from './frames.ts'
export {
  encodeMessage,
  toChild,
  toParent,
  type Configuration,
  type ExitReport,
  type InvokeRequest,
  type LoadRequest,
  type ResponseReport,
  type RunLimits,
  type RunRequest,
} from './messages.ts'
