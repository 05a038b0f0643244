// Client
export { connectSandbox, createSandboxClient } from './connect.ts'
export type { ConnectOptions, SandboxClient } from './connect.ts'
export type { RunOptions, RunResult, SandboxSession } from './session.ts'
export type { CallOptions, Calls } from './calls.ts'
// Transport
export type { ClientListener, ClientTransport, DialOptions, SocketLike } from './transport.ts'
// Errors
export { SandboxError } from '../protocol/errors.ts'
export type { SandboxErrorCode } from '../protocol/errors.ts'
