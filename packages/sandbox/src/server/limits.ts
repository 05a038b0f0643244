import { DEFAULT_PARSE_LIMITS } from '../protocol/parse.ts'
import type { ConnectionLimits } from './connection.ts'
import type { RateLimit } from './rate-limit.ts'

const MIB = 1024 * 1024

/** Limits of one server; all of them are enforced. */
export interface SandboxLimits {
  /** Sessions at one time. Default 100. */
  readonly maxSessions: number
  /** Connections at one time. Default 256. */
  readonly maxConnections: number
  /** Bytes of one message from a client. Default 16 MiB. */
  readonly maxMessageBytes: number
  /** Requests in one batch. Default 100. */
  readonly maxBatch: number
  /** Nesting of JSON. Default 64. */
  readonly maxDepth: number
  /** Requests of one connection that are being served at a time. Default 64. */
  readonly maxInFlight: number
  /** Commands of one session that wait for the running one. Default 64. */
  readonly maxWaitingCommands: number
  /** Bytes of standard output and error of one command together. Default 1 MiB. */
  readonly maxOutputBytes: number
  /** Bytes of the largest file that `read_file` answers. Default 8 MiB. */
  readonly maxReadBytes: number
  /** Bytes of all files of one session. Default 256 MiB. */
  readonly diskLimitBytes: number
  /** Files and folders of one session. Default 10,000. */
  readonly inodeLimit: number
  /** Unsent bytes of a connection from which its commands' output is held back. Default 1 MiB. */
  readonly outboundHighWaterBytes: number
  /** Unsent bytes of a connection at which it is closed with 1013. Default 32 MiB. */
  readonly maxOutboundBytes: number
  /** Milliseconds a client may leave its output unread until it is closed with 1013. Default 30,000. */
  readonly stallTimeoutMs: number
  /** Requests a second for each principal. Default: no limit. */
  readonly rateLimit?: RateLimit
}

/** Limits of a server that sets none. */
export const DEFAULT_LIMITS: SandboxLimits = {
  maxSessions: 100,
  maxConnections: 256,
  maxMessageBytes: DEFAULT_PARSE_LIMITS.maxLength,
  maxBatch: DEFAULT_PARSE_LIMITS.maxBatch,
  maxDepth: DEFAULT_PARSE_LIMITS.maxDepth,
  maxInFlight: 64,
  maxWaitingCommands: 64,
  maxOutputBytes: MIB,
  maxReadBytes: 8 * MIB,
  diskLimitBytes: 256 * MIB,
  inodeLimit: 10_000,
  outboundHighWaterBytes: MIB,
  maxOutboundBytes: 32 * MIB,
  stallTimeoutMs: 30_000,
}

/** The part of the limits that a connection enforces. */
export const toConnectionLimits = (limits: SandboxLimits): ConnectionLimits => ({
  parse: {
    maxLength: limits.maxMessageBytes,
    maxDepth: limits.maxDepth,
    maxBatch: limits.maxBatch,
  },
  outbound: {
    highWaterBytes: limits.outboundHighWaterBytes,
    maxBytes: limits.maxOutboundBytes,
    stallMs: limits.stallTimeoutMs,
  },
  maxInFlight: limits.maxInFlight,
  maxInFlightLength: 4 * limits.maxMessageBytes,
})
