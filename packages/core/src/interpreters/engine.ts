import { totalmem } from 'node:os'
import { join } from 'node:path'
import type { Configuration } from '../process/messages.ts'
import { InterpreterError } from './errors.ts'
import { FileBudget, type BudgetMember } from './file-budget.ts'
import { KeptFiles, type KeptFilesOptions } from './kept-files.ts'
import { readEngineOptions } from './limits.ts'
import { ChildPool } from './pool.ts'
import { findRuntime, findRuntimes, type InterpreterRuntime } from './runtimes.ts'
import { InterpreterSession } from './session.ts'

/** Options of `createInterpreters`. */
export interface InterpretersOptions {
  /** Folder that stores the files of sessions, so that `attach` finds them after a restart. Default: memory only. */
  readonly directory?: string
  /** Processes that wait for their first command. Default one for Python, none for JavaScript. */
  readonly warm?: { readonly python?: number; readonly javascript?: number }
  /** Most processes at a time, spare ones included; further commands wait. Default 32. */
  readonly maxProcesses?: number
  /** Memory limit that waiting processes have, bytes; others are started when needed. Default 512 MiB. */
  readonly warmMemoryBytes?: number
  /**
   * Idle time, milliseconds, after which a session gives back its process and, with `directory`, the memory of its
   * files. Default 60,000.
   */
  readonly idleMs?: number
  /**
   * Bytes of memory for the files of all sessions; idle sessions make room. Default: a quarter of the machine's memory,
   * at most 2 GiB.
   */
  readonly maxFileBytes?: number
  /** Name of the setting that `CAPACITY` errors tell people to raise. Default `maxFileBytes`. */
  readonly maxFileBytesSetting?: string
  /** Called with every failed write of files. Default: they are only in `storage()`. */
  readonly onProblem?: (error: InterpreterError) => void
}

/** Whether the files of sessions are stored, and how much memory they take. */
export interface InterpreterStorage {
  /** Sessions whose newest changes could not be written. */
  readonly failing: number
  /** Message of the system about one of them, e.g. `ENOSPC: no space left on device, write`. */
  readonly reason?: string
  /** Memory that files take now, bytes. */
  readonly memoryBytes: number
}

/** One session to create or to take over. */
export interface InterpreterCreateOptions {
  /** Letters, digits, `-` and `_`, at most 128; it names the folder of the session. */
  readonly sessionId: string
  /** Language id or alias. */
  readonly language: string
  /** Hard memory limit of one command, bytes. */
  readonly memoryLimitBytes: number
  /** Largest total size of the session's files, bytes. */
  readonly diskLimitBytes: number
  /** Largest number of files and folders. */
  readonly inodeLimit: number
}

/**
 * Sessions of untrusted code in locked processes, without Docker. Fits the `Engine` port of `@gaesup-state/sandbox`.
 */
export interface Interpreters {
  readonly name: 'wasm'
  readonly isolation: string
  /** Range of `memoryLimitBytes`. */
  readonly memoryRangeBytes: { readonly min: number; readonly max: number }
  /** The interpreters that are installed. */
  runtimes(): readonly InterpreterRuntime[]
  /** Throws `InterpreterError`: `LANGUAGE_UNAVAILABLE`, `LIMIT_OUT_OF_RANGE`, `CAPACITY`, `STORAGE_FAILED`, `CLOSED`. */
  create(options: InterpreterCreateOptions): Promise<InterpreterSession>
  /**
   * Takes over the files of a session that an earlier process left in `directory`; undefined if there are none. They
   * are read when they are needed.
   */
  attach(options: InterpreterCreateOptions): Promise<InterpreterSession | undefined>
  /** Ends every process; stored files stay. Throws `STORAGE_FAILED` if some could not be written. */
  close(): Promise<void>
  /** Whether files can be stored, for status pages. */
  storage(): InterpreterStorage
  /** Ids of the running processes, for tests and status pages. */
  processIds(): readonly number[]
}

const mebibyte = 2 ** 20
const memoryRangeBytes = { min: 32 * mebibyte, max: 2048 * mebibyte } as const
const isolation =
  'Programs run in WebAssembly with a memory cap and virtual files, inside a child process that has no files, network, environment or children and is killed at its limits.'

/** Creates an engine for sessions. Processes for `warm` start at once, others when there is work. Throws `TypeError` for options that are none. */
export function createInterpreters(options: InterpretersOptions = {}): Interpreters {
  const engine = new Engine(readEngineOptions(options))
  return {
    name: 'wasm',
    isolation,
    memoryRangeBytes,
    runtimes: () => engine.runtimes,
    create: (session) => engine.create(session),
    attach: (session) => engine.attach(session),
    close: () => engine.close(),
    storage: () => engine.storage(),
    processIds: () => engine.pool.pids(),
  }
}

class Engine {
  readonly runtimes: readonly InterpreterRuntime[] = findRuntimes()
  readonly pool: ChildPool
  readonly #options: InterpretersOptions
  readonly #sessions = new Set<InterpreterSession>()
  readonly #budget: FileBudget
  #isClosed = false

  constructor(options: InterpretersOptions) {
    this.#options = options
    this.#budget = new FileBudget({
      maxBytes: options.maxFileBytes ?? Math.min(2048 * mebibyte, totalmem() / 4),
      setting: options.maxFileBytesSetting ?? 'maxFileBytes',
    })
    const { warm = {}, warmMemoryBytes = 512 * mebibyte, maxProcesses = 32 } = options
    const spare = (
      prepare: 'python' | 'javascript',
      count: number,
    ): { configuration: Configuration; count: number } => ({
      configuration: {
        prepare,
        memoryLimitBytes: warmMemoryBytes,
        quota: { bytes: 64 * mebibyte, inodes: 1000 },
      },
      count: this.runtimes.some(({ language }) => language === prepare) ? count : 0,
    })
    const spares = [spare('python', warm.python ?? 1), spare('javascript', warm.javascript ?? 0)]
    this.pool = new ChildPool({ maxProcesses, warm: spares }, () => this.#reclaim())
  }

  async create(options: InterpreterCreateOptions): Promise<InterpreterSession> {
    this.#check(options)
    const { member, own } = lateMember()
    return own(this.#open(options, await KeptFiles.create(this.#keeping(options), member)))
  }

  async attach(options: InterpreterCreateOptions): Promise<InterpreterSession | undefined> {
    this.#check(options)
    const { member, own } = lateMember()
    const kept = await KeptFiles.find(this.#keeping(options), member)
    return kept === undefined ? undefined : own(this.#open(options, kept))
  }

  storage(): InterpreterStorage {
    const failures = Array.from(this.#sessions, ({ storageFailure }) => storageFailure).filter(
      (failure) => failure !== undefined,
    )
    const [first] = failures
    return {
      failing: failures.length,
      ...(first === undefined ? {} : { reason: first.message }),
      memoryBytes: this.#budget.usedBytes,
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    const ended = await Promise.allSettled(
      Array.from(this.#sessions, (session) => session.suspend()),
    )
    await this.pool.close()
    const failed = ended.find((end) => end.status === 'rejected')
    if (failed !== undefined) throw failed.reason
  }

  #open(options: InterpreterCreateOptions, kept: KeptFiles): InterpreterSession {
    const { language, runtime } = findRuntime(this.runtimes, options.language)
    const session = new InterpreterSession({
      kept,
      containerId: `wasm-${options.sessionId}`,
      runtime,
      configuration: {
        prepare: language,
        memoryLimitBytes: options.memoryLimitBytes,
        quota: quotaOf(options),
      },
      idleMs: this.#options.idleMs ?? 60_000,
      acquire: (configuration, signal) => this.pool.acquire(configuration, signal),
      isWanted: () => this.pool.isWanted,
      onDestroyed: () => this.#sessions.delete(session),
    })
    this.#sessions.add(session)
    return session
  }

  #keeping(options: InterpreterCreateOptions): KeptFilesOptions {
    const { sessionId } = options
    return {
      sessionId,
      folder: this.#folder(sessionId),
      quota: quotaOf(options),
      budget: this.#budget,
      onProblem: this.#options.onProblem ?? (() => undefined),
    }
  }

  #check(options: InterpreterCreateOptions): void {
    if (this.#isClosed) throw new InterpreterError('CLOSED', 'The engine was closed.')
    findRuntime(this.runtimes, options.language)
    const { min, max } = memoryRangeBytes
    if (!(options.memoryLimitBytes >= min && options.memoryLimitBytes <= max))
      throw new InterpreterError(
        'LIMIT_OUT_OF_RANGE',
        `A memory limit is from ${min} to ${max} bytes, not ${options.memoryLimitBytes}.`,
      )
    if (!/^[\w-]{1,128}$/.test(options.sessionId))
      throw new TypeError('A session id is 1 to 128 letters, digits, "-" or "_".')
  }

  /** Takes the process of the session that has been idle longest. */
  #reclaim(): boolean {
    for (const session of this.#sessions) {
      if (!session.releaseProcess()) continue
      this.#sessions.delete(session)
      this.#sessions.add(session)
      return true
    }
    return false
  }

  #folder(sessionId: string): string | undefined {
    return this.#options.directory === undefined
      ? undefined
      : join(this.#options.directory, sessionId)
  }
}

function quotaOf(options: InterpreterCreateOptions): { bytes: number; inodes: number } {
  return { bytes: options.diskLimitBytes, inodes: options.inodeLimit }
}

/** A member of the budget whose session is made after its files. */
function lateMember(): {
  member: BudgetMember
  own: (session: InterpreterSession) => InterpreterSession
} {
  let session: InterpreterSession | undefined
  return {
    member: { release: async () => (await session?.release()) ?? false },
    own: (made) => (session = made),
  }
}
