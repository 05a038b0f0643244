import { decodeChange, encodeChange, type VirtualFiles } from '../files/index.ts'
import { encodeFrame, encodeList } from '../process/frames.ts'
import { encodeMessage, toChild, type Configuration, type RunRequest } from '../process/messages.ts'
import type { Child } from './child.ts'
import { performCommand, type CommandEnd } from './command.ts'
import { InterpreterError } from './errors.ts'
import type { Journal } from './journal.ts'
import { createSessionFiles, type SessionFiles } from './session-files.ts'

export interface SessionCommand {
  /** `python3`, `node`, `sh`, or any utility of the shell by its name, and its arguments. */
  readonly argv: readonly string[]
  /** Absolute folder. */
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  /** Bytes of standard input; then its end. Default: none. */
  readonly stdin?: Uint8Array
}

export interface SessionCommandOptions {
  /** Wall-clock limit, milliseconds. */
  readonly timeoutMs: number
  /** CPU-time limit, milliseconds. */
  readonly cpuMs: number
  /** Bytes of standard output and standard error together. */
  readonly maxOutputBytes: number
  /** Abort kills the command; the call then rejects with the signal's reason. */
  readonly signal: AbortSignal
  /** Called in order, as output is produced; chunks may cut a UTF-8 sequence. */
  onOutput(stream: 'stdout' | 'stderr', bytes: Uint8Array): void
  /** Resolves when the reader can take more; the program waits for it. */
  whenWritable?(): Promise<void>
}

export interface SessionResult extends Omit<CommandEnd, 'memoryBytes'> {
  readonly durationMs: number
}

export interface SessionPorts {
  readonly containerId: string
  readonly runtime: string
  readonly configuration: Configuration
  readonly tree: VirtualFiles
  readonly journal: Journal
  readonly idleMs: number
  acquire(configuration: Configuration, signal: AbortSignal): Promise<Child>
  /** True while others wait for a process. */
  isWanted(): boolean
  onDestroyed(): void
}

/** A program that writes faster than its changes can be kept waits from here on. */
const heldJournalBytes = 4 * 2 ** 20

/** One container: files that stay, and a locked process while there is work. Commands run one at a time, in order. */
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
  #idle: NodeJS.Timeout | undefined
  #isBusy = false
  readonly #closing = new AbortController()
  #cpuMs = 0
  #memoryBytes = 0

  constructor(ports: SessionPorts) {
    this.#ports = ports
    this.containerId = ports.containerId
    this.runtime = ports.runtime
    ports.tree.onChange((change) => {
      const bytes = encodeChange(change)
      ports.journal.append([bytes])
      if (this.#child !== undefined) this.#unsent.push(bytes)
    })
    this.files = createSessionFiles({
      tree: ports.tree,
      write: (change) => this.#write(change),
      read: async (look) => {
        if (this.#writesWaiting > 0) await this.#queue.catch(() => undefined)
        this.#checkOpen()
        return look()
      },
    })
  }

  /** Runs one command. A limit or a non-zero exit code is a result; `ENOENT` and `ENOTDIR` tell of a bad `cwd`. */
  exec(command: SessionCommand, options: SessionCommandOptions): Promise<SessionResult> {
    if (command.argv.length === 0) throw new TypeError('A command needs a program: argv is empty.')
    const startedAt = performance.now()
    return this.#enqueue(async () => {
      this.#ports.tree.list(command.cwd)
      const end = await this.#run(command, options)
      this.#cpuMs += end.cpuMs
      this.#memoryBytes = end.memoryBytes
      await this.#ports.journal.flush()
      const { memoryBytes: _, ...result } = end
      return { ...result, durationMs: performance.now() - startedAt }
    }, options.signal)
  }

  stats(): Promise<{ memoryBytes: number; cpuMs: number; diskBytes: number; inodes: number }> {
    const { bytes, inodes } = this.#ports.tree.usage()
    return Promise.resolve({
      memoryBytes: this.#memoryBytes,
      cpuMs: this.#cpuMs,
      diskBytes: bytes,
      inodes,
    })
  }

  /** Gives the process back when no command runs; true when there was one. */
  releaseProcess(): boolean {
    if (this.#isBusy || this.#child === undefined) return false
    clearTimeout(this.#idle)
    void this.#child.kill()
    this.#child = undefined
    this.#unsent = []
    return true
  }

  /** Ends what runs and deletes the files. */
  destroy(): Promise<void> {
    return this.#end(() => this.#ports.journal.destroy())
  }

  /** Ends what runs and keeps the files for `attach`. */
  suspend(): Promise<void> {
    return this.#end(() => this.#ports.journal.close())
  }

  async #end(finish: () => Promise<void>): Promise<void> {
    if (this.#closing.signal.aborted) return
    this.#closing.abort(this.#closed())
    await this.#queue.catch(() => undefined)
    clearTimeout(this.#idle)
    await this.#child?.kill()
    await finish()
    this.#ports.onDestroyed()
  }

  async #run(command: SessionCommand, options: SessionCommandOptions): Promise<CommandEnd> {
    const { cwd, env, stdin = new Uint8Array() } = command
    const { timeoutMs, cpuMs, maxOutputBytes } = options
    const signal = AbortSignal.any([options.signal, this.#closing.signal])
    clearTimeout(this.#idle)
    this.#isBusy = true
    try {
      const child = await this.#ready(signal)
      const request: RunRequest = {
        argv: [...command.argv],
        cwd,
        env,
        limits: { timeoutMs, cpuMs, maxOutputBytes },
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
      this.#idle = setTimeout(
        () => this.releaseProcess(),
        this.#ports.isWanted() ? 0 : this.#ports.idleMs,
      ).unref()
    }
  }

  /** The process of this session, with the same files as here. */
  async #ready(signal: AbortSignal): Promise<Child> {
    if (this.#child?.isAlive !== true) {
      const { configuration, tree } = this.#ports
      this.#child = await this.#ports.acquire(configuration, signal)
      this.#unsent = []
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
    for (const change of changes) this.#ports.tree.apply(decodeChange(change))
    const { journal } = this.#ports
    journal.append(changes)
    if (journal.pendingBytes > heldJournalBytes) this.#child?.holdUntil(journal.flush())
  }

  async #write<T>(change: () => T): Promise<T> {
    this.#writesWaiting += 1
    try {
      return await this.#enqueue(async () => {
        try {
          return change()
        } finally {
          await this.#ports.journal.flush()
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
    this.#queue = result.catch(() => undefined)
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
