// Errors
export { codeOfNumber, ERROR_NUMBERS, isWireError, SandboxError } from './errors.ts'
export type { ErrorCode, SandboxErrorCode } from './errors.ts'
// JSON-RPC 2.0
export {
  formatBatch,
  formatError,
  formatNotification,
  formatRequest,
  formatResult,
} from './format.ts'
export { DEFAULT_PARSE_LIMITS, parseIncoming, parseServerMessages } from './parse.ts'
export type { ParseLimits } from './parse.ts'
export type {
  Incoming,
  IncomingFault,
  IncomingItem,
  IncomingNotification,
  IncomingRequest,
  IncomingStray,
  Params,
  RawId,
  ServerMessage,
  WireError,
} from './json-rpc.ts'
// Methods
export { isMethodName, parseParams } from './parse-params.ts'
export { createOpenRpcDocument } from './open-rpc.ts'
export type {
  ExecutionRunParams,
  ExecutionStatus,
  InitializeResult,
  LanguageItem,
  LimitName,
  MethodName,
  Methods,
  SessionCreateParams,
  SessionCreateResult,
  SessionExecuteParams,
  SessionExecuteResult,
  SessionListItem,
  SessionListResult,
  SessionOutputParams,
} from './methods.ts'
// Commands
export { parseCommand } from './parse-command.ts'
export type { Parsed } from './parse-command.ts'
export type { SchemaFault } from './schema.ts'
export type {
  Command,
  CommandLimits,
  CommandResults,
  CommandType,
  CopyFileCommand,
  CreateDirectoryCommand,
  DeleteFileCommand,
  DirectoryEntry,
  ExecuteShellCommand,
  ListDirectoryCommand,
  ReadFileCommand,
  ShellResult,
  WriteFileCommand,
} from './commands.ts'
// Bytes as text
export { fromBase64, isBase64, toBase64, toBase64Url } from './base64.ts'
// Names and defaults of the wire
export {
  CLOSE_UNAUTHENTICATED,
  DEFAULT_IDLE_TIMEOUT_MINUTES,
  DEFAULT_MAX_LIFETIME_MINUTES,
  DEFAULT_MEMORY_LIMIT_MB,
  DEFAULT_PORT,
  DEFAULT_TIMEOUT_MS,
  ENDPOINT_PATH,
  KEY_SUBPROTOCOL_PREFIX,
  MAX_LIFETIME_MINUTES,
  MAX_TIMEOUT_MS,
  PROTOCOL_VERSION,
  SUBPROTOCOL,
  WORKSPACE,
} from './limits.ts'
