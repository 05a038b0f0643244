import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createVirtualFiles, type VirtualFiles } from '../files/index.ts'
import type { Configuration } from '../process/messages.ts'
import { InterpreterError } from './errors.ts'
import { createJournal, noJournal, openJournal, type Journal } from './journal.ts'
import { ChildPool } from './pool.ts'
import { findRuntime, findRuntimes, type InterpreterRuntime } from './runtimes.ts'
import { InterpreterSession } from './session.ts'

export interface InterpretersOptions {
  /** Folder that keeps the files of sessions, so that `attach` finds them after a restart. Default: they are kept in memory only. */
  readonly directory?: string
  /** Processes that wait for their first command. Default one for Python, none for JavaScript. */
  readonly warm?: { readonly python?: number; readonly javascript?: number }
  /** Most processes at a time, spare ones included; further commands wait. Default 32. */
  readonly maxProcesses?: number
  /** Memory limit that waiting processes have, bytes; others are started when needed. Default 512 MiB. */
  readonly warmMemoryBytes?: number
  /** An idle session gives its process back after this time, milliseconds. Default 60,000. */
  readonly idleMs?: number
}

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

/** Sessions of untrusted code in locked processes, without Docker. It has the shape of the sandbox's `Engine` port. */
export interface Interpreters {
  readonly name: 'wasm'
  readonly isolation: string
  /** Range of `memoryLimitBytes`. */
  readonly memoryRangeBytes: { readonly min: number; readonly max: number }
  /** The interpreters that are installed. */
  runtimes(): readonly InterpreterRuntime[]
  /** Throws `InterpreterError`: `LANGUAGE_UNAVAILABLE`, `LIMIT_OUT_OF_RANGE`, `CLOSED`. */
  create(options: InterpreterCreateOptions): Promise<InterpreterSession>
  /** Takes over the files of a session that an earlier process left in `directory`; undefined when there are none. */
  attach(options: InterpreterCreateOptions): Promise<InterpreterSession | undefined>
  /** Ends every process; kept files stay. */
  close(): Promise<void>
  /** Processes of the moment, for tests and status pages. */
  processIds(): readonly number[]
}

const mebibyte = 2 ** 20
const memoryRangeBytes = { min: 32 * mebibyte, max: 2048 * mebibyte } as const
const isolation =
  'Programs run in WebAssembly with a memory cap and virtual files, inside a child process that has no files, network, environment or children and is killed at its limits.'

/** Makes the engine. Processes are started at once for `warm`, others when there is work. */
export function createInterpreters(options: InterpretersOptions = {}): Interpreters {
  const engine = new Engine(options)
  return {
    name: 'wasm',
    isolation,
    memoryRangeBytes,
    runtimes: () => engine.runtimes,
    create: (session) => engine.create(session),
    attach: (session) => engine.attach(session),
    close: () => engine.close(),
    processIds: () => engine.pool.pids(),
  }
}

class Engine {
  readonly runtimes: readonly InterpreterRuntime[] = findRuntimes()
  readonly pool: ChildPool
  readonly #options: InterpretersOptions
  readonly #sessions = new Set<InterpreterSession>()
  #isClosed = false

  constructor(options: InterpretersOptions) {
    this.#options = options
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
    const tree = createVirtualFiles({ quota: quotaOf(options) })
    const folder = this.#folder(options.sessionId)
    return this.#open(options, {
      tree,
      journal: folder === undefined ? noJournal : await createJournal(folder, tree),
    })
  }

  async attach(options: InterpreterCreateOptions): Promise<InterpreterSession | undefined> {
    this.#check(options)
    const folder = this.#folder(options.sessionId)
    if (folder === undefined) return undefined
    await mkdir(join(folder, '..'), { recursive: true })
    const kept = await openJournal(folder, quotaOf(options))
    return kept === undefined ? undefined : this.#open(options, kept)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await Promise.all(Array.from(this.#sessions, (session) => session.suspend()))
    await this.pool.close()
  }

  #open(
    options: InterpreterCreateOptions,
    kept: { tree: VirtualFiles; journal: Journal },
  ): InterpreterSession {
    const { language, runtime } = findRuntime(this.runtimes, options.language)
    const session = new InterpreterSession({
      ...kept,
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
