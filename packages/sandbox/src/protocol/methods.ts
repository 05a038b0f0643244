import type { Command } from './commands.ts'

/** Which limit ended a command. */
export type LimitName = 'time' | 'cpu' | 'memory' | 'output' | 'disk' | 'inodes' | 'pids'

/** @see seeds/sandbox.md, session.create */
export interface SessionCreateParams {
  /** Language or one of its aliases; `language.list` tells which there are. */
  readonly language: string
  /** Engine by name. Default: the first that has the language. */
  readonly engine?: string
  /** Version, e.g. `3.12` or `Python 3.12`. Default: what the engine has. */
  readonly runtime?: string
  /** Minutes without a command until the session ends. Default 30. */
  readonly idleTimeoutMinutes?: number
  /** Minutes until the session ends in any case. Default 120. */
  readonly maxLifetimeMinutes?: number
  /** Memory of one command, MB (MiB). Default 512. */
  readonly memoryLimitMB?: number
}

/** Result of `session.create`. */
export interface SessionCreateResult {
  readonly sessionId: string
  readonly containerId: string
  readonly language: string
  /** ISO 8601. */
  readonly createdAt: string
  readonly state: 'Active'
  readonly config: { readonly idleTimeoutMinutes: number; readonly maxLifetimeMinutes: number }
  readonly engine: string
  /** What really runs, e.g. `Python 3.12`. */
  readonly runtime: string
}

/** Parameters of `session.execute`. */
export interface SessionExecuteParams {
  readonly sessionId: string
  readonly command: Command
}

/** Envelope of every command. A command that was refused by the file system or ended by a limit is no RPC error. */
export interface SessionExecuteResult {
  /** True for a program that ran to its end, whatever its exit code. */
  readonly success: boolean
  /** One of `CommandResults`; of a stopped program, what it wrote until then; else null. */
  readonly result: unknown
  /** Why there is no success, for people. */
  readonly error: string | null
  readonly durationMs: number
}

/** One session in `session.list`. Times are ISO 8601. */
export interface SessionListItem {
  readonly sessionId: string
  readonly containerId: string
  readonly language: string
  readonly createdAt: string
  readonly lastActivity: string
  /** `Active` while a command runs or waits. */
  readonly state: 'Active' | 'Idle'
  readonly executionCount: number
  readonly idleMinutes: number
  readonly lifetimeMinutes: number
  readonly engine: string
  readonly runtime: string
}

/** Result of `session.list`: the sessions of the principal that asks. */
export interface SessionListResult {
  readonly count: number
  readonly sessions: readonly SessionListItem[]
}

/** One language of `language.list`, with the engine that runs it. */
export interface LanguageItem {
  readonly language: string
  readonly runtime: string
  readonly version: string
  readonly engine: string
  readonly aliases: readonly string[]
}

/** Result of `initialize`: the server and its limits. */
export interface InitializeResult {
  readonly protocolVersion: string
  readonly serverInfo: { readonly name: string; readonly version: string }
  readonly serverCapabilities: {
    readonly supportsStreaming: boolean
    readonly supportedLanguages: readonly string[]
    readonly limits: {
      /** Seconds. */
      readonly maxTimeout: number
      /** Sessions at one time. */
      readonly maxConcurrency: number
      /** Bytes of output of one command. */
      readonly maxOutputBytes: number
      /** Bytes of one message. */
      readonly maxMessageBytes: number
    }
  }
}

/** Legacy: one program in a session of its own. @see seeds/sandbox.md, execution.run */
export interface ExecutionRunParams {
  readonly language: string
  readonly code: string
  /** Seconds, 1 to 300. Default 30. */
  readonly timeout?: number
  /** MB. Default 512. */
  readonly memoryLimit?: number
}

/** Result of `execution.status`. */
export interface ExecutionStatus {
  readonly executionId: string
  /** `completed` means exit code 0. */
  readonly status: 'queued' | 'running' | 'completed' | 'failed' | 'not_found'
  readonly exitCode?: number | null
  readonly stdout?: string
  readonly stderr?: string
  readonly durationMs?: number
  /** True when the time limit ended it. */
  readonly timeout?: boolean
  /** Why it failed, unless by its exit code. */
  readonly error?: string
}

/** Every method with its parameters (by name) and result. */
export interface Methods {
  readonly 'session.create': { params: SessionCreateParams; result: SessionCreateResult }
  readonly 'session.execute': { params: SessionExecuteParams; result: SessionExecuteResult }
  readonly 'session.list': { params: Record<never, never>; result: SessionListResult }
  readonly 'session.close': {
    params: { readonly sessionId: string }
    result: { readonly sessionId: string; readonly closed: true }
  }
  readonly initialize: {
    params: { readonly protocolVersion?: string; readonly clientInfo?: object }
    result: InitializeResult
  }
  readonly 'language.list': {
    params: Record<never, never>
    result: { readonly languages: readonly LanguageItem[] }
  }
  readonly 'rpc.discover': {
    params: Record<never, never>
    result: Readonly<Record<string, unknown>>
  }
  readonly 'execution.run': {
    params: ExecutionRunParams
    result: { readonly executionId: string; readonly status: 'queued' }
  }
  readonly 'execution.status': { params: { readonly executionId: string }; result: ExecutionStatus }
  readonly '$/cancelRequest': {
    params: { readonly id: string | number }
    result: { readonly cancelled: boolean }
  }
}

/** Name of a method of this protocol. */
export type MethodName = keyof Methods

/** `session.output`: a piece of what a command with `stream: true` wrote. */
export interface SessionOutputParams {
  readonly sessionId: string
  /** Id of the `session.execute` request; null when it was null. A number beyond 2^53 loses digits here. */
  readonly requestId: string | number | null
  readonly stream: 'stdout' | 'stderr'
  /** Counts from 0 for each request, over both streams. */
  readonly seq: number
  readonly data: string
}
