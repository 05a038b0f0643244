/** What a session server needs from the world. Adapters live elsewhere; fakes are at `./testing`. */

import type { ExecutionStatus } from './protocol/methods.ts'

/** Which limit stopped a command. `pids` exists only on engines with an operating system inside. */
export type LimitKind = 'time' | 'cpu' | 'memory' | 'output' | 'disk' | 'inodes' | 'pids'

/** One interpreter or toolchain that an engine really has. */
export interface EngineRuntime {
  /** Canonical language id, lower case: `python`, `javascript`, `go`, `csharp`. */
  readonly language: string
  /** Name and version as shown to users, e.g. `Python 3.12`. */
  readonly runtime: string
  /** Full version of the interpreter, e.g. `3.12.0`. */
  readonly version: string
  /** Other names a client may send for the language, e.g. `py`, `python3`. */
  readonly aliases: readonly string[]
}

/** One session to create or to take over. */
export interface EngineCreateOptions {
  /** Unique, unguessable; the engine may use it to name its container. */
  readonly sessionId: string
  /** Canonical language id. */
  readonly language: string
  /** Hard memory limit of one command, bytes. */
  readonly memoryLimitBytes: number
  /** Largest total size of the session's files, bytes. */
  readonly diskLimitBytes: number
  /** Largest number of files and folders. */
  readonly inodeLimit: number
}

/** An isolation technique: creates containers that sessions run in. */
export interface Engine {
  /** Short id, as clients name it: `wasm`, `docker`. */
  readonly name: string
  /** What separates the code from the host, in one sentence, for `/status` and docs. */
  readonly isolation: string
  /** Range that `memoryLimitBytes` may have, both ends included. Default: 16 MiB to 2 GiB. */
  readonly memoryRangeBytes?: { readonly min: number; readonly max: number }
  runtimes(): readonly EngineRuntime[]
  create(options: EngineCreateOptions): Promise<EngineSession>
  /** Takes over a session that an earlier process left behind; undefined when nothing of it is left. */
  attach(options: EngineCreateOptions): Promise<EngineSession | undefined>
  close(): Promise<void>
}

/** A program to run in a session. */
export interface ExecCommand {
  /** Program and arguments; no shell is involved unless the program is one. */
  readonly argv: readonly string[]
  /** Absolute folder inside the container. */
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  /** Bytes the program reads from standard input; then end of file. */
  readonly stdin?: Uint8Array
}

/** Limits and listeners of one command. */
export interface ExecOptions {
  /** Wall-clock limit, milliseconds. */
  readonly timeoutMs: number
  /** CPU-time limit, milliseconds. */
  readonly cpuMs: number
  /** Bytes of standard output and standard error together. */
  readonly maxOutputBytes: number
  /** Abort kills the command; `exec` then rejects with the signal's reason. */
  readonly signal: AbortSignal
  /** Called in order, as output is produced; chunks may cut a UTF-8 sequence. */
  onOutput(stream: 'stdout' | 'stderr', bytes: Uint8Array): void
  /**
   * Resolves when the reader can take more. An engine that is able to hold its program back awaits it between chunks,
   * so that output waits where it is made; one that is not may ignore it.
   */
  whenWritable?(): Promise<void>
}

/** How a command ended. A non-zero exit code is a result, not an error. */
export interface ExecResult {
  /** Null when a limit or a crash ended the command. */
  readonly exitCode: number | null
  /** Set when a limit ended the command. */
  readonly limit?: LimitKind
  /** Why there is no exit code, when no limit is the reason, e.g. `signal SIGSEGV`; clients are told it. */
  readonly reason?: string
  readonly durationMs: number
  readonly cpuMs: number
}

/** Kind, size and time of one file or folder; paths are absolute. */
export interface EngineFileEntry {
  readonly path: string
  readonly name: string
  readonly type: 'file' | 'directory' | 'symlink'
  readonly sizeBytes: number
  readonly modifiedAtMs: number
}

/**
 * Files of one session. All paths are absolute POSIX paths inside the container.
 * Failures are errors whose `code` is a POSIX name (`ENOENT`, `EEXIST`, `EISDIR`, `ENOTDIR`, `ENOTEMPTY`,
 * `EDQUOT` for the byte quota, `ENOSPC` for the inode quota, `EROFS`, `EACCES`, `ELOOP`, `ENAMETOOLONG`, `EFBIG`).
 */
export interface EngineFiles {
  /** `Create` and `Overwrite` replace an existing file (the seed's `Create` overwrites), `Append` adds to it; parents are created. */
  writeFile(
    path: string,
    bytes: Uint8Array,
    mode: 'Create' | 'Append' | 'Overwrite',
  ): Promise<{ bytes: number }>
  /** Rejects with `EFBIG` when the file is larger than `maxBytes`. */
  readFile(path: string, maxBytes: number): Promise<Uint8Array>
  createDirectory(path: string, options: { recursive: boolean }): Promise<void>
  copy(source: string, destination: string, options: { overwrite: boolean }): Promise<void>
  remove(path: string, options: { recursive: boolean }): Promise<void>
  list(path: string): Promise<readonly EngineFileEntry[]>
  stat(path: string): Promise<EngineFileEntry>
}

/**
 * One container with its files; commands run one at a time, in the order given. Any call may reject with an error whose
 * `code` is `STORAGE_FAILED` (what was changed could not be kept; its `cause` is the system's error) or `CAPACITY` (a limit
 * of the whole engine is reached); clients are told its message, so it must not tell anything about the host.
 */
export interface EngineSession {
  /** The engine's own id of the container. */
  readonly containerId: string
  /** What really runs, e.g. `Python 3.12`. */
  readonly runtime: string
  readonly files: EngineFiles
  exec(command: ExecCommand, options: ExecOptions): Promise<ExecResult>
  /** `memoryBytes` is left out where the last program cannot be measured. */
  stats(): Promise<{ memoryBytes?: number; cpuMs: number; diskBytes: number; inodes: number }>
  destroy(): Promise<void>
}

/** Time, as the server sees it. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
  /** Calls `run` once after `delayMs`; the answer takes it back. */
  schedule(delayMs: number, run: () => void): () => void
}

/** What is stored of a session, so that a later process can take it over. */
export interface SessionRecord {
  readonly sessionId: string
  /** Id of the principal that created it; absent without authentication. */
  readonly owner?: string
  /** The execution that it was made for, and that it ends with; no later process goes on with it. */
  readonly executionId?: string
  readonly engine: string
  readonly language: string
  readonly createdAtMs: number
  readonly lastActivityMs: number
  readonly executionCount: number
  readonly idleTimeoutMinutes: number
  readonly maxLifetimeMinutes: number
  readonly memoryLimitBytes: number
  readonly diskLimitBytes: number
  readonly inodeLimit: number
}

/** What is stored of a program of `execution.run`, so that a later process can say how it ended. */
export interface ExecutionRecord {
  readonly executionId: string
  /** Id of the principal that asked for it; absent without authentication. */
  readonly owner?: string
  readonly acceptedAtMs: number
  /** With its output, once it has ended. */
  readonly status: ExecutionStatus
}

/** Stores records of one kind. */
export interface RecordStore<R> {
  load(): Promise<readonly R[]>
  /** Replaces the record as a whole, or fails and leaves the old one. */
  save(record: R): Promise<void>
  remove(id: string): Promise<void>
}

/** Stores sessions. The default keeps nothing beyond the process. */
export interface SessionStore extends RecordStore<SessionRecord> {}

/** Stores executions. The default keeps nothing beyond the process. */
export interface ExecutionStore extends RecordStore<ExecutionRecord> {}

/** The owner of sessions. */
export interface Principal {
  /** Stable and unique among principals; it stands in records and in the audit trail. */
  readonly id: string
}

/** What a connection presents to an `Authenticator`. */
export interface Credentials {
  /** From `Authorization: Bearer`, `X-API-Key` or the subprotocol; absent when none was sent. */
  readonly key?: string
  readonly remoteAddress: string
}

/** Decides who may connect. */
export interface Authenticator {
  /** Undefined refuses the connection. */
  authenticate(credentials: Credentials): Promise<Principal | undefined>
}

/** One line of the audit trail; never holds code, arguments, file contents or environment values. */
export type AuditEvent =
  | {
      readonly type: 'connection.opened' | 'connection.closed'
      readonly connectionId: string
      readonly principal?: string
    }
  | { readonly type: 'connection.refused'; readonly reason: string; readonly remoteAddress: string }
  | {
      readonly type: 'session.created'
      readonly sessionId: string
      readonly engine: string
      readonly language: string
      readonly principal?: string
    }
  | { readonly type: 'session.closed'; readonly sessionId: string; readonly reason: string }
  | {
      readonly type: 'command.executed'
      readonly sessionId: string
      readonly command: string
      readonly success: boolean
      readonly durationMs: number
      readonly limit?: LimitKind
    }
  | { readonly type: 'server.failed'; readonly message: string }
  /** A record could not be written; it is tried again. */
  | {
      readonly type: 'store.failed'
      readonly message: string
      /** Of the record, if it is a session's. */
      readonly sessionId?: string
      /** Of the record, if it is an execution's. */
      readonly executionId?: string
    }
  /** Everything that could not be written is written now. */
  | { readonly type: 'store.recovered' }
  | {
      readonly type: 'engine.failed'
      readonly engine: string
      readonly sessionId?: string
      /** The engine's own code for it, where it has one, e.g. `STORAGE_FAILED`. */
      readonly code?: string
      readonly message: string
    }

/** Where the audit trail goes. Must not throw, and returns at once. */
export interface AuditSink {
  record(event: AuditEvent & { readonly atMs: number }): void
}

/** The server's end of one connection. */
export interface ServerTransport {
  /** Sends one text message; calls `onFlushed` when it no longer takes memory here. */
  send(text: string, onFlushed: () => void): void
  /** Stops reading what the client sends. */
  pause(): void
  resume(): void
  /** Ends the connection with a code and a reason, after what was sent. */
  close(code: number, reason: string): void
  /** Ends the connection at once. */
  terminate(): void
  /** Must be called once; later calls replace the listener. */
  listen(listener: TransportListener): void
}

/** Gets what happens on a connection. */
export interface TransportListener {
  onText(text: string): void
  onClose(): void
}
