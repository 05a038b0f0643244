import { decodeChange, type FileQuota } from '../files/index.ts'
import { GuestDependencyError } from '../guests/dependency-error.ts'
import {
  OutputLimitError,
  type GuestContext,
  type GuestExit,
  type RunGuest,
} from '../guests/guest.ts'
import { openPrograms, type Programs } from './child-programs.ts'
import { decodeHeaded, decodeList, encodeFrame, encodeList, type Frame } from './frames.ts'
import {
  encodeMessage,
  encodeOutput,
  maxOutputChunkBytes,
  toChild,
  toParent,
  type Configuration,
  type RunLimits,
  type RunRequest,
} from './messages.ts'
import { serveJavaScript } from './child-javascript.ts'
import { createReplica, type Replica } from './replica-files.ts'
import { SyncFrameReader, writeFully } from './sync-pipe.ts'
import type { Watchdog } from './watchdog-client.ts'

export interface ChildOptions {
  readonly watchdog: Watchdog
  readonly inputFd: number
  readonly outputFd: number
}

/** Memory of the process beside the program's linear memory and the files: Node, compiled code, buffers. */
const ownBytes = 384 * 2 ** 20

/** Reads frames and carries them out, until the parent closes the pipe. */
export async function runChild(options: ChildOptions): Promise<void> {
  const child = new ChildLoop(options)
  await child.programs.prepare()
  for (;;) {
    const frame = child.programs.wait()
    if (frame !== undefined) await child.handle(frame)
  }
}

/** What the programs of this process are given by the loop around them. */
export interface ChildHost {
  readonly configuration: Configuration
  readonly replica: Replica
  /** Blocks until there is a frame that asks for something to be run. */
  next(): Frame
  begin(limits: RunLimits): void
  write: GuestContext['write']
  /** Ends what `begin` began and says what it used up. */
  finish(): { cpuMs: number }
  send(frame: Uint8Array): void
}

class ChildLoop implements ChildHost {
  readonly configuration: Configuration
  readonly replica: Replica
  readonly programs: Programs
  readonly #options: ChildOptions
  readonly #reader: SyncFrameReader
  #isReady = false
  #outputLeft = 0

  constructor(options: ChildOptions) {
    this.#options = options
    this.#reader = new SyncFrameReader(options.inputFd)
    const first = this.#reader.read()
    this.configuration = decodeHeaded(first.payload).head as Configuration
    this.programs = openPrograms(this)
    this.replica = createReplica({
      quota: this.configuration.quota,
      system: this.programs.systemFiles,
      send: (changes) => this.send(encodeFrame(toParent.changes, encodeList(changes))),
    })
  }

  next(): Frame {
    if (!this.#isReady) this.send(encodeFrame(toParent.ready))
    this.#isReady = true
    for (;;) {
      const frame = this.#reader.read()
      if (frame.type === toChild.files) this.#replaceFiles(frame)
      else if (frame.type === toChild.changes)
        for (const change of decodeList(frame.payload)) this.replica.apply(decodeChange(change))
      else return frame
    }
  }

  async handle(frame: Frame): Promise<void> {
    if (frame.type === toChild.load) return serveJavaScript(this, frame)
    if (frame.type !== toChild.run) throw new Error(`no frame of type ${frame.type} was expected`)
    const { head, body } = decodeHeaded(frame.payload)
    const request = head as RunRequest
    this.begin(request.limits)
    this.reportExit(await this.#run(request, body))
  }

  begin(limits: RunLimits): void {
    const { memoryLimitBytes } = this.configuration
    this.#outputLeft = limits.maxOutputBytes
    // A file that grows is for a moment there twice.
    const rssBytes = ownBytes + memoryLimitBytes + 2 * this.replica.files.quota.bytes
    this.#options.watchdog.arm({ timeoutMs: limits.timeoutMs, cpuMs: limits.cpuMs, rssBytes })
  }

  write(stream: 'stdout' | 'stderr', bytes: Uint8Array): void {
    this.replica.flush()
    const allowed = bytes.subarray(0, Math.max(0, this.#outputLeft))
    this.#outputLeft -= bytes.length
    for (let at = 0; at < allowed.length; at += maxOutputChunkBytes)
      this.send(encodeOutput(stream, allowed.subarray(at, at + maxOutputChunkBytes)))
    if (this.#outputLeft < 0)
      throw new OutputLimitError('the program wrote more output than it may')
  }

  finish(): { cpuMs: number } {
    this.replica.flush()
    return { cpuMs: this.#options.watchdog.disarm() }
  }

  send(frame: Uint8Array): void {
    writeFully(this.#options.outputFd, frame)
  }

  reportExit(exit: GuestExit): void {
    const usage = this.finish()
    this.send(
      encodeMessage(toParent.exit, { ...exit, ...usage, memoryBytes: this.programs.memoryBytes() }),
    )
  }

  async #run(request: RunRequest, stdin: Uint8Array): Promise<GuestExit> {
    const context: GuestContext = {
      files: this.replica.files,
      argv: request.argv,
      env: request.env,
      cwd: request.cwd,
      stdin,
      memoryLimitBytes: this.configuration.memoryLimitBytes,
      write: (stream, bytes) => this.write(stream, bytes),
      now: Date.now,
    }
    const guest: RunGuest = this.programs.find(request.argv[0] ?? '')
    try {
      return await guest(context)
    } catch (error) {
      if (error instanceof OutputLimitError) return { exitCode: 1, limit: 'output' }
      if (!(error instanceof GuestDependencyError)) throw error
      this.write('stderr', new TextEncoder().encode(`${error.message}\n`))
      return { exitCode: 127 }
    }
  }

  #replaceFiles(frame: Frame): void {
    const { head, body } = decodeHeaded(frame.payload)
    this.replica.replace((head as { quota: FileQuota }).quota, body.length === 0 ? undefined : body)
  }
}
