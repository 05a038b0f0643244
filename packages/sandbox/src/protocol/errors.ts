/** Name of an error that travels in an answer. */
export type ErrorCode =
  /** The text is not JSON, or is nested too deep. The client must send JSON. */
  | 'PARSE_ERROR'
  /** JSON, but not a JSON-RPC 2.0 request. */
  | 'INVALID_REQUEST'
  /** No such method; `rpc.discover` lists them. */
  | 'METHOD_NOT_FOUND'
  /** A parameter is missing, unknown, of the wrong type or out of range; `data.pointer` names it. */
  | 'INVALID_PARAMS'
  /** A defect of the server. */
  | 'INTERNAL_ERROR'
  /** The session never existed, was closed long ago, or belongs to someone else. */
  | 'SESSION_NOT_FOUND'
  /** The session was closed; `data.reason` says by what. */
  | 'SESSION_CLOSED'
  /** Reserved: a limit was hit outside a command. Inside a command it is `success: false`. */
  | 'LIMIT'
  /** The client's own deadline for an answer has passed; never sent by this server. */
  | 'TIMEOUT'
  /** Reserved: this server refuses a wrong key at the handshake (401, or close code 4401). */
  | 'UNAUTHENTICATED'
  /** Reserved: known caller, but not allowed. The sessions of others are SESSION_NOT_FOUND. */
  | 'FORBIDDEN'
  /** Too many requests in a row; `data.retryAfterMs` says when to try again. */
  | 'RATE_LIMITED'
  /** Too many sessions, waiting commands, open requests or files in memory. Close some, or wait. */
  | 'CAPACITY'
  /** Reserved for an engine that forbids a path outright. */
  | 'PATH_DENIED'
  /** The engine is not there or failed. */
  | 'ENGINE_UNAVAILABLE'
  /** No engine has that language or version; `data.available` lists what there is. */
  | 'LANGUAGE_UNAVAILABLE'
  /** Reserved: the request contradicts another one that is being served. */
  | 'CONFLICT'
  /** One message is larger than the server takes. */
  | 'FRAME_TOO_LARGE'
  /** The server restarted and the engine could not bring the session back. Create a new one. */
  | 'SESSION_LOST'
  /**
   * The server's store failed, so what was asked for may not survive a restart; `data.reason` is the system's name of it.
   * A command whose files are kept and whose record is not has its envelope in `data.outcome`. Who runs the server can fix it.
   */
  | 'STORAGE_FAILED'
  /** Stopped by `$/cancelRequest` or by the end of the connection. */
  | 'CANCELLED'

/**
 * Number of every error that travels in an answer. The first five are JSON-RPC's own.
 * @see https://www.jsonrpc.org/specification#error_object
 */
export const ERROR_NUMBERS: Readonly<Record<ErrorCode, number>> = {
  PARSE_ERROR: -32700,
  INVALID_REQUEST: -32600,
  METHOD_NOT_FOUND: -32601,
  INVALID_PARAMS: -32602,
  INTERNAL_ERROR: -32603,
  SESSION_NOT_FOUND: -32001,
  SESSION_CLOSED: -32002,
  LIMIT: -32003,
  TIMEOUT: -32004,
  UNAUTHENTICATED: -32006,
  FORBIDDEN: -32007,
  RATE_LIMITED: -32008,
  CAPACITY: -32009,
  PATH_DENIED: -32010,
  ENGINE_UNAVAILABLE: -32011,
  LANGUAGE_UNAVAILABLE: -32012,
  CONFLICT: -32013,
  FRAME_TOO_LARGE: -32014,
  SESSION_LOST: -32015,
  STORAGE_FAILED: -32016,
  CANCELLED: -32800,
} satisfies Record<ErrorCode, number>

/** What this package throws: the errors of the wire, and those of the two ends of it. */
export type SandboxErrorCode =
  | ErrorCode
  /** The connection ended before the answer came. Connect again; sessions outlive connections. */
  | 'CONNECTION_CLOSED'
  /** The connection could not be made. */
  | 'CONNECT_FAILED'
  /** The other side sent something that is no answer of this protocol. */
  | 'BAD_ANSWER'
  /** A command ended with `success: false`; `details` holds its result. */
  | 'COMMAND_FAILED'
  /** The server was asked to listen beyond loopback without an authenticator. */
  | 'INSECURE_BIND'
  /** The port is taken or may not be used. */
  | 'LISTEN_FAILED'

const CODES_BY_NUMBER: ReadonlyMap<number, ErrorCode> = new Map(
  Object.entries(ERROR_NUMBERS).map(([code, number]) => [number, code as ErrorCode]),
)

/** Name of an error number; undefined for one that this protocol does not use. */
export const codeOfNumber = (number: number): ErrorCode | undefined => CODES_BY_NUMBER.get(number)

/** The one error class of this package; tell errors apart by `code`. */
export class SandboxError extends Error {
  override readonly name = 'SandboxError'
  readonly code: SandboxErrorCode
  /** Plain JSON: what the code's description promises. */
  readonly details: Readonly<Record<string, unknown>>

  constructor(
    code: SandboxErrorCode,
    message: string,
    options: { details?: Readonly<Record<string, unknown>>; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.details = options.details ?? {}
  }
}

/** True for an error that may be sent to a client as it is. */
export const isWireError = (error: unknown): error is SandboxError & { readonly code: ErrorCode } =>
  error instanceof SandboxError && Object.hasOwn(ERROR_NUMBERS, error.code)
