import { FilesError, type VirtualFiles } from '../files/index.ts'
import { encodeFrame, encodeList } from '../process/frames.ts'
import { encodeMessage, toChild, type RunRequest } from '../process/messages.ts'
import type { Child } from './child.ts'
import { performCommand, type CommandEnd } from './command.ts'
import { InterpreterError } from './errors.ts'
import { keptLimits } from './limits.ts'
import type {
  SessionCommand,
  SessionCommandOptions,
  SessionPorts,
  SessionResult,
} from './session-types.ts'
import { createSessionFiles, keepWorkspace, type SessionFiles } from './session-files.ts'

/** A program that writes faster than its changes can be kept waits from here on. */
const heldJournalBytes = 4 * 2 ** 20

/** A session: files that stay, and a locked process while there is work. Commands run one at a time, in order. */
export class InterpreterSession {
  readonly containerId: string
  /** What really runs, e.g. `Python 3.12`. */
  readonly runtime: string
  readonly files: SessionFiles
  readonly #ports: SessionPorts
  #child: Child | undefined
  /** Changes that the process does not know yet. */
  #unsent: Uint8Array[] = []
  #queue: Promise<unknown> = Promise.resolve()
  #writesWaiting = 0
  /** Commands and writes that run or wait. */
  #work = 0
  #idle: NodeJS.Timeout | undefined
  #isBusy = false
  readonly #closing = new AbortController()
  #cpuMs = 0
  #memoryBytes: number | undefined
  /** Why the running program was ended by what it wrote. */
  #refused: Error | undefined

  constructor(ports: SessionPorts) {
    this.#ports = ports
    this.containerId = ports.containerId
    this.runtime = ports.runtime
    ports.kept.listen((change) => {
      if (this.#child !== undefined) this.#unsent.push(change)
    })
    this.files = createSessionFiles({
      write: (change, addedBytes) => this.#write(change, addedBytes),
      read: async (look) => {
        if (this.#writesWaiting > 0) await this.#queue.catch(() => undefined)
        this.#checkOpen()
        const tree = await ports.kept.attach()
        this.#rest()
        return look(tree)
      },
    })
  }

  /**
   * Runs one command. A limit or a non-zero exit code is a result. Rejects with `ENOENT` or `ENOTDIR` for a bad `cwd`,
   * `STORAGE_FAILED` if changes could not be stored, and `CAPACITY` if the files do not fit into memory.
   */
  exec(command: SessionCommand, options: SessionCommandOptions): Promise<SessionResult> {
    if (command.argv.length === 0) throw new TypeError('A command needs a program: argv is empty.')
    const startedAt = performance.now()
    return this.#enqueue(async () => {
      const tree = await this.#open(() => 0)
      tree.list(command.cwd)
      const end = await this.#run(command, options)
      this.#cpuMs += end.cpuMs
      this.#memoryBytes = end.memoryBytes
      this.#restore(tree)
      await this.#ports.kept.flush()
      if (this.#refused !== undefined) throw this.#refused
      const { memoryBytes: _, ...result } = end
      return { ...result, durationMs: performance.now() - startedAt }
    }, options.signal)
  }

  /** `memoryBytes` is the linear memory of the last Python program; others cannot be measured. */
  async stats(): Promise<{
    memoryBytes?: number
    cpuMs: number
    diskBytes: number
    inodes: number
  }> {
    const { bytes, inodes } = await this.#ports.kept.usage()
    return {
      ...(this.#memoryBytes === undefined ? {} : { memoryBytes: this.#memoryBytes }),
      cpuMs: this.#cpuMs,
      diskBytes: bytes,
      inodes,
    }
  }

  /** Gives the process back if no command runs; true if there was one. */
  releaseProcess(): boolean {
    if (this.#isBusy || this.#child === undefined) return false
    void this.#child.kill()
    this.#child = undefined
    this.#unsent = []
    return true
  }

  /**
   * Gives process and memory back if nothing runs or waits; false if it is busy or its files are not stored elsewhere.
   */
  async release(): Promise<boolean> {
    if (this.#work > 0 || this.#closing.signal.aborted) return false
    return this.#enqueue(() => {
      this.releaseProcess()
      return this.#ports.kept.detach()
    }).catch(() => false)
  }

  /** Why the newest changes are not stored; undefined if they are. */
  get storageFailure(): Error | undefined {
    return this.#ports.kept.failure
  }

  /** Ends what runs and deletes the files. */
  destroy(): Promise<void> {
    return this.#end(() => this.#ports.kept.destroy())
  }

  /** Ends what runs and keeps the files for `attach`. */
  suspend(): Promise<void> {
    return this.#end(() => this.#ports.kept.close())
  }

  async #end(finish: () => Promise<void>): Promise<void> {
    if (this.#closing.signal.aborted) return
    this.#closing.abort(this.#closed())
    await this.#queue.catch(() => undefined)
    clearTimeout(this.#idle)
    await this.#child?.kill()
    try {
      await finish()
    } finally {
      this.#ports.onDestroyed()
    }
  }

  /** The files, with room for more, after everything of before is kept: a store that fails is told before anything is added. */
  async #open(addedBytes: (tree: VirtualFiles) => number): Promise<VirtualFiles> {
    const { kept } = this.#ports
    const tree = await kept.attach()
    if (kept.failure !== undefined) await kept.flush()
    await kept.reserve(addedBytes(tree))
    return tree
  }

  /** A program may take away the folder that the next one starts in. */
  #restore(tree: VirtualFiles): void {
    try {
      keepWorkspace(tree)
    } catch (error) {
      // Its place or its inode is taken; the next command fails with `ENOENT`.
      if (!(error instanceof FilesError)) throw error
    }
  }

  /** From now on it is idle. */
  #rest(): void {
    clearTimeout(this.#idle)
    const { idleMs, kept } = this.#ports
    if (this.#closing.signal.aborted) return
    if (this.#child === undefined && !kept.isReleasable) return
    this.#idle = setTimeout(() => void this.release(), idleMs).unref()
    if (this.#ports.isWanted()) setImmediate(() => this.releaseProcess())
  }

  async #run(command: SessionCommand, options: SessionCommandOptions): Promise<CommandEnd> {
    const { cwd, env, stdin = new Uint8Array() } = command
    const limits = keptLimits(options)
    const signal = AbortSignal.any([options.signal, this.#closing.signal])
    this.#isBusy = true
    this.#refused = undefined
    try {
      const child = await this.#ready(signal)
      const request: RunRequest = {
        argv: [...command.argv],
        cwd,
        env,
        limits,
      }
      return await performCommand({
        child,
        request,
        stdin,
        signal,
        onOutput: (stream, bytes) => options.onOutput(stream, bytes),
        onChanges: (changes) => this.#replay(changes),
        whenWritable: options.whenWritable?.bind(options),
      })
    } finally {
      this.#isBusy = false
      if (this.#child?.isAlive === false) this.#child = undefined
    }
  }

  /** The process of this session, with the same files as here. */
  async #ready(signal: AbortSignal): Promise<Child> {
    if (this.#child?.isAlive !== true) {
      const { configuration } = this.#ports
      this.#child = await this.#ports.acquire(configuration, signal)
      this.#unsent = []
      const tree = await this.#ports.kept.attach()
      this.#child.send(
        encodeMessage(toChild.files, { quota: configuration.quota }, tree.snapshot()),
      )
    }
    const child = this.#child
    if (this.#unsent.length > 0)
      child.send(encodeFrame(toChild.changes, encodeList(this.#unsent.splice(0))))
    await abortable(child.ready, signal)
    return child
  }

  /** Changes of the process, for the copy here, which is the one that counts. */
  #replay(changes: readonly Uint8Array[]): void {
    const { kept } = this.#ports
    kept.replay(changes)
    if (kept.pendingBytes > heldJournalBytes) this.#hold(kept.flush())
    if (kept.isCrowded) this.#hold(kept.reserve(0))
  }

  /** Lets the program wait for what its changes need, and ends it when they cannot have it. */
  #hold(ready: Promise<void>): void {
    this.#child?.holdUntil(ready)
    ready.catch((error: unknown) => {
      this.#refused ??= error instanceof Error ? error : new Error(String(error))
      void this.#child?.kill()
    })
  }

  async #write<T>(
    change: (tree: VirtualFiles) => T,
    addedBytes?: (tree: VirtualFiles) => number,
  ): Promise<T> {
    this.#writesWaiting += 1
    try {
      return await this.#enqueue(async () => {
        const { kept } = this.#ports
        // What takes files away is always welcome.
        const tree = await (addedBytes === undefined ? kept.attach() : this.#open(addedBytes))
        try {
          return change(tree)
        } finally {
          kept.measure()
          await kept.flush()
        }
      })
    } finally {
      this.#writesWaiting -= 1
    }
  }

  #enqueue<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const result = this.#queue.then(() => {
      this.#checkOpen()
      signal?.throwIfAborted()
      return work()
    })
    this.#work += 1
    this.#queue = result.then(noop, noop).finally(() => {
      this.#work -= 1
      this.#rest()
    })
    return result
  }

  #checkOpen(): void {
    this.#closing.signal.throwIfAborted()
  }

  #closed(): InterpreterError {
    return new InterpreterError('CLOSED', `The session ${this.containerId} was closed.`)
  }
}

function abortable(work: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason)
    if (signal.aborted) return abort()
    signal.addEventListener('abort', abort, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}

const noop = (): void => undefined
