// Server
export { createSandboxServer } from './server/server.ts'
export type { SandboxHealth, SandboxServer, SandboxServerOptions } from './server/server.ts'
export type { StoreHealth } from './server/store-health.ts'
export { DEFAULT_LIMITS } from './server/limits.ts'
export type { SandboxLimits } from './server/limits.ts'
export type { ListenOptions, SandboxListener } from './server/http/listen.ts'
export type { HttpAccess } from './server/http/guards.ts'
export type { RateLimit } from './server/rate-limit.ts'
// Ports
export type {
  AuditEvent,
  AuditSink,
  Authenticator,
  Clock,
  Credentials,
  Engine,
  EngineCreateOptions,
  EngineFileEntry,
  EngineFiles,
  EngineRuntime,
  EngineSession,
  ExecCommand,
  ExecOptions,
  ExecResult,
  ExecutionRecord,
  ExecutionStore,
  LimitKind,
  Principal,
  RecordStore,
  ServerTransport,
  SessionRecord,
  SessionStore,
  TransportListener,
} from './ports.ts'
// Adapters
export { createApiKeyAuthenticator } from './server/api-key.ts'
export type { ApiKey } from './server/api-key.ts'
export { createFileExecutionStore, createFileSessionStore } from './server/file-stores.ts'
export { createMemoryExecutionStore, createMemorySessionStore } from './server/memory-stores.ts'
// Errors
export { SandboxError } from './protocol/errors.ts'
export type { ErrorCode, SandboxErrorCode } from './protocol/errors.ts'
