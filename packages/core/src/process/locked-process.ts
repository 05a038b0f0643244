import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process'
import { tmpdir } from 'node:os'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { entryUrl } from './entry-url.ts'
import { FrameReader, type Frame } from './frames.ts'
import { maxPayloadBytes } from './messages.ts'
import { readableFolders } from './readable-folders.ts'
import { watchdogRecords, type WatchdogReason } from './watchdog-state.ts'

/** Why a locked process ended. */
export interface ProcessEnd {
  /**
   * `time`, `cpu`, `memory`, `orphan`: its watchdog ended it. `killed`: `kill` was called. `protocol`: it sent an
   * invalid frame. `exited`: it exited by itself, which it never should while it has work.
   */
  readonly reason: WatchdogReason | 'killed' | 'protocol' | 'exited'
  /** Exit code, signal and the end of its standard error. */
  readonly message: string
}

/** Options of `startLockedProcess`. */
export interface LockedProcessOptions {
  /** Module that runs in it. Default: the interpreters' entry. */
  readonly entry?: URL
  /** Files and folders it may read besides the package and its interpreters. Default: none. */
  readonly readable?: readonly string[]
  /** Largest payload by frame type, bytes; undefined refuses the type. Default: for the frames of the interpreters. */
  readonly maxPayloadBytes?: (type: number) => number | undefined
  /** Largest JavaScript heap, MiB. Default 512. */
  readonly heapMb?: number
}

/** Gets the frames of a locked process, and its end. */
export interface ProcessListener {
  onFrame(frame: Frame): void
  /** Called once; no frame comes after it. */
  onEnd(end: ProcessEnd): void
}

/** A child process without files, network, environment, child processes or signals. Treat what it sends as hostile. */
export interface LockedProcess {
  readonly pid: number
  readonly isAlive: boolean
  /** Sets the listener in place of the last one; frames that arrived before the first are delivered to it. */
  listen(listener: ProcessListener): void
  send(frame: Uint8Array): void
  /** Stops reading its frames, so that it blocks once its pipe is full. */
  pause(): void
  resume(): void
  /** Whether this process stays alive as long as it does. Default true. */
  keepAlive(isBusy: boolean): void
  /** Kills it at once; resolves when it is gone. */
  kill(): Promise<void>
}

const lastWordsBytes = 4096

/**
 * For the interpreters, which are large modules that are known to be valid: their functions are checked when they are first called, and made
 * faster only when they are called often, not already while the interpreter starts.
 */
const interpreterFlags = ['--wasm-lazy-validation', '--wasm-tiering-budget=60000000']

/** Command-line options of Node that lock a process. */
export function lockedArguments(options: LockedProcessOptions): string[] {
  const entry = options.entry ?? entryUrl('process/child')
  return [
    ...(options.entry === undefined ? interpreterFlags : []),
    '--permission',
    '--allow-worker',
    ...readableFolders(entry, options.readable ?? []).map((path) => `--allow-fs-read=${path}`),
    '--disallow-code-generation-from-strings',
    // A database is a file that the permission model knows nothing of.
    '--no-experimental-sqlite',
    `--max-old-space-size=${options.heapMb ?? 512}`,
    '--stack-size=3900',
    '--no-warnings',
    '--no-deprecation',
    '--no-addons',
    fileURLToPath(entry),
  ]
}

/** Starts a locked process. It waits on its control pipe for the first frame. */
export function startLockedProcess(options: LockedProcessOptions = {}): LockedProcess {
  const stdio: StdioOptions = ['ignore', 'ignore', 'pipe', 'pipe', 'pipe', 'pipe']
  const child = spawn(process.execPath, lockedArguments(options), {
    cwd: tmpdir(),
    env: {},
    stdio,
    windowsHide: true,
  })
  return new Running(child, options.maxPayloadBytes ?? maxPayloadBytes)
}

class Running implements LockedProcess {
  readonly #child: ChildProcess
  readonly #reader: FrameReader
  readonly #gone: Promise<void>
  #listener: ProcessListener | undefined
  #early: Frame[] = []
  #reason: ProcessEnd['reason'] | undefined
  #end: ProcessEnd | undefined
  #lastWords = ''
  #detail = ''

  constructor(child: ChildProcess, maxBytes: (type: number) => number | undefined) {
    this.#child = child
    this.#reader = new FrameReader(maxBytes)
    this.#gone = new Promise((resolve) => {
      child.once('close', () => resolve())
      child.once('error', () => resolve())
    })
    child.once('error', (error) => this.#finish('exited', error.message))
    child.once('close', (code, signal) =>
      this.#finish('exited', signal === null ? `exit code ${code}` : `signal ${signal}`),
    )
    child.stderr?.on('data', (chunk: Buffer) => {
      this.#lastWords = (this.#lastWords + chunk.toString('utf8')).slice(-lastWordsBytes)
    })
    this.#input.on('error', () => undefined)
    this.#output.on('data', (chunk: Buffer) => this.#receive(chunk)).on('error', () => undefined)
    this.#record.on('data', (chunk: Buffer) => this.#note(chunk[0])).on('error', () => undefined)
  }

  get pid(): number {
    return this.#child.pid ?? -1
  }

  get isAlive(): boolean {
    return this.#end === undefined && this.#reason === undefined
  }

  listen(listener: ProcessListener): void {
    this.#listener = listener
    for (const frame of this.#early.splice(0)) listener.onFrame(frame)
    if (this.#end !== undefined) listener.onEnd(this.#end)
  }

  send(frame: Uint8Array): void {
    if (this.isAlive) this.#input.write(frame)
  }

  pause(): void {
    this.#output.pause()
  }

  resume(): void {
    this.#output.resume()
  }

  keepAlive(isBusy: boolean): void {
    const pipes = this.#child.stdio as readonly (Partial<
      Pick<ChildProcess, 'ref' | 'unref'>
    > | null)[]
    for (const one of [this.#child, ...pipes]) {
      if (isBusy) one?.ref?.()
      else one?.unref?.()
    }
  }

  async kill(): Promise<void> {
    this.keepAlive(true)
    this.#reason ??= 'killed'
    this.#child.kill('SIGKILL')
    this.resume()
    await this.#gone
  }

  get #input(): Writable {
    return this.#child.stdio[3] as Writable
  }

  get #output(): Readable {
    return this.#child.stdio[4] as Readable
  }

  get #record(): Readable {
    return (this.#child.stdio as readonly unknown[])[5] as Readable
  }

  #receive(chunk: Uint8Array): void {
    if (this.#reason !== undefined) return
    try {
      for (const frame of this.#reader.push(chunk)) this.#dispatch(frame)
    } catch (error) {
      this.#reason = 'protocol'
      this.#detail = error instanceof Error ? error.message : String(error)
      this.#child.kill('SIGKILL')
    }
  }

  #dispatch(frame: Frame): void {
    if (this.#reason !== undefined) return
    if (this.#listener === undefined) this.#early.push(frame)
    else this.#listener.onFrame(frame)
  }

  #note(record: number | undefined): void {
    const found = Object.entries(watchdogRecords).find(([, number]) => number === record)
    if (found !== undefined) this.#reason ??= found[0] as WatchdogReason
  }

  #finish(reason: ProcessEnd['reason'], message: string): void {
    if (this.#end !== undefined) return
    const words = [this.#detail, message, this.#lastWords.trim()].filter((text) => text !== '')
    this.#end = { reason: this.#reason ?? reason, message: words.join('; ') }
    this.#listener?.onEnd(this.#end)
  }
}
