import { readFileSync } from 'node:fs'
import type { Frame } from '../process/frames.ts'
import {
  startLockedProcess,
  type LockedProcess,
  type ProcessEnd,
} from '../process/locked-process.ts'
import { encodeMessage, toChild, toParent, type Configuration } from '../process/messages.ts'
import { InterpreterError } from './errors.ts'

/** What comes from a child while it has work. */
export interface ChildListener {
  onFrame(frame: Frame): void
  onEnd(end: ProcessEnd): void
}

const startMs = 30_000
/** CPU time in `/proc` is counted in hundredths of a second on every Linux that Node runs on. */
const msPerTick = 10

/** A locked process with interpreters in it, for one user at a time. */
export class Child {
  readonly configuration: Configuration
  /** Resolves when its interpreter waits for work; rejects with `CRASHED` when it never will. */
  readonly ready: Promise<void>
  readonly #process: LockedProcess
  #listener: ChildListener | undefined
  readonly #onEnd = new Set<() => void>()
  #holds = 0
  #isReady = false

  constructor(configuration: Configuration) {
    this.configuration = configuration
    this.#process = startLockedProcess()
    this.ready = new Promise((resolve, reject) => {
      const late = setTimeout(() => void this.kill(), startMs)
      this.#process.listen({
        onFrame: (frame) => {
          if (frame.type !== toParent.ready) return this.#give(frame)
          clearTimeout(late)
          this.#isReady = true
          resolve()
        },
        onEnd: (end) => {
          clearTimeout(late)
          reject(
            new InterpreterError(
              'CRASHED',
              `The locked process ended before it was ready: ${end.message}`,
            ),
          )
          this.#listener?.onEnd(end)
          for (const listener of this.#onEnd) listener()
        },
      })
    })
    this.ready.catch(() => undefined)
    this.#process.send(encodeMessage(toChild.configure, configuration))
  }

  get pid(): number {
    return this.#process.pid
  }

  get isReady(): boolean {
    return this.#isReady
  }

  get isAlive(): boolean {
    return this.#process.isAlive
  }

  listen(listener: ChildListener | undefined): void {
    this.#listener = listener
  }

  onEnd(listener: () => void): void {
    this.#onEnd.add(listener)
  }

  send(frame: Uint8Array): void {
    this.#process.send(frame)
  }

  /** Holds its output back until the promise is settled. */
  holdUntil(ready: Promise<void>): void {
    this.#holds += 1
    this.#process.pause()
    const resume = (): void => {
      this.#holds -= 1
      if (this.#holds === 0) this.#process.resume()
    }
    ready.then(resume, resume)
  }

  kill(): Promise<void> {
    return this.#process.kill()
  }

  /** CPU milliseconds of the process so far, or undefined where the system does not tell. */
  cpuMs(): number | undefined {
    try {
      const stat = readFileSync(`/proc/${this.pid}/stat`, 'utf8')
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      return (Number(fields[11]) + Number(fields[12])) * msPerTick
    } catch {
      return undefined
    }
  }

  /** A frame that nobody waits for is one that it must not send. */
  #give(frame: Frame): void {
    if (this.#listener === undefined) void this.kill()
    else this.#listener.onFrame(frame)
  }
}
