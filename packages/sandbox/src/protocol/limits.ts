/** Where a session's files live, and where commands start unless they say otherwise. */
export const WORKSPACE = '/workspace'
/** Path of the WebSocket endpoint. */
export const ENDPOINT_PATH = '/ws/jsonrpc'
/** Subprotocol that the server selects when a client offers it; none is required. */
export const SUBPROTOCOL = 'sandbox.jsonrpc.v1'
/** Start of the subprotocol that carries a key (base64url) for clients that cannot set headers, such as browsers. */
export const KEY_SUBPROTOCOL_PREFIX = 'sandbox.key.'
/** Version of the methods and their members. */
export const PROTOCOL_VERSION = '1.0'
/** Default port of the WebSocket endpoint. */
export const DEFAULT_PORT = 5000
/** Longest a command runs when it names no `timeoutMs`. */
export const DEFAULT_TIMEOUT_MS = 30_000
/** Largest `timeoutMs` and `cpuLimitMs`. */
export const MAX_TIMEOUT_MS = 300_000
/** Life of a session without a command, minutes, unless it says otherwise. */
export const DEFAULT_IDLE_TIMEOUT_MINUTES = 30
/** Life of a session in all, minutes, unless it says otherwise. */
export const DEFAULT_MAX_LIFETIME_MINUTES = 120
/** Memory of one command, MB, unless the session says otherwise. */
export const DEFAULT_MEMORY_LIMIT_MB = 512
/** Longest idle timeout and lifetime that may be asked for, minutes: one week. */
export const MAX_LIFETIME_MINUTES = 10_080
/** Close codes of the WebSocket beyond RFC 6455. */
export const CLOSE_UNAUTHENTICATED = 4401
