import type { LimitKind } from '../guests/guest.ts'
import { decodeList, ProtocolError, type Frame } from '../process/frames.ts'
import type { ProcessEnd } from '../process/locked-process.ts'
import {
  encodeMessage,
  parseExit,
  parseOutput,
  toChild,
  toParent,
  type RunRequest,
} from '../process/messages.ts'
import type { Child } from './child.ts'

/** How a command and perhaps its process ended. */
export interface CommandEnd {
  /** Null when a limit or a crash ended it. */
  readonly exitCode: number | null
  readonly limit?: LimitKind
  /** Why there is no exit code, when no limit is the reason. */
  readonly reason?: string
  readonly cpuMs: number
  /** Linear memory of a Python program at its end; of others it is not known. */
  readonly memoryBytes?: number
}

export interface CommandPorts {
  readonly child: Child
  readonly request: RunRequest
  readonly stdin: Uint8Array
  readonly signal: AbortSignal
  onOutput(stream: 'stdout' | 'stderr', bytes: Uint8Array): void
  /** Changes of the files, encoded; a throw ends the process. */
  onChanges(changes: readonly Uint8Array[]): void
  whenWritable?: (() => Promise<void>) | undefined
}

/** The watchdog inside lets the parent's own deadline pass first. */
export const innerGraceMs = 250

/** Runs one command in a process that is ready. Rejects with the signal's reason when aborted; the process is dead then. */
export function performCommand(ports: CommandPorts): Promise<CommandEnd> {
  return new Promise((resolve, reject) => {
    const command = new Command(ports, { resolve, reject })
    command.start()
  })
}

interface Settle {
  resolve(end: CommandEnd): void
  reject(reason: unknown): void
}

class Command {
  readonly #ports: CommandPorts
  readonly #settle: Settle
  readonly #cpuBefore: number
  readonly #onAbort = (): void => this.#stop(undefined)
  #deadline: NodeJS.Timeout | undefined
  #outputLeft: number
  #limit: LimitKind | undefined
  #cpuAtKill: number | undefined

  constructor(ports: CommandPorts, settle: Settle) {
    this.#ports = ports
    this.#settle = settle
    this.#outputLeft = ports.request.limits.maxOutputBytes
    this.#cpuBefore = ports.child.cpuMs() ?? 0
  }

  start(): void {
    const { child, request, stdin, signal } = this.#ports
    const limits = { ...request.limits, timeoutMs: request.limits.timeoutMs + innerGraceMs }
    child.listen({ onFrame: (frame) => this.#receive(frame), onEnd: (end) => this.#ended(end) })
    if (!child.isAlive) return this.#ended({ reason: 'exited', message: 'it had ended before' })
    if (signal.aborted) return this.#stop(undefined)
    signal.addEventListener('abort', this.#onAbort, { once: true })
    this.#deadline = setTimeout(() => this.#stop('time'), request.limits.timeoutMs)
    child.send(encodeMessage(toChild.run, { ...request, limits }, stdin))
  }

  #receive(frame: Frame): void {
    if (this.#limit !== undefined || this.#ports.signal.aborted) return
    if (frame.type === toParent.output) this.#output(frame)
    else if (frame.type === toParent.changes) this.#ports.onChanges(decodeList(frame.payload))
    else if (frame.type === toParent.exit) this.#exit(frame)
    else throw new ProtocolError(`a frame of type ${frame.type} while a command runs`)
  }

  #output(frame: Frame): void {
    const { stream, bytes } = parseOutput(frame.payload)
    const allowed = bytes.subarray(0, this.#outputLeft)
    this.#outputLeft -= bytes.length
    if (allowed.length > 0) this.#ports.onOutput(stream, allowed)
    if (this.#outputLeft < 0) return this.#stop('output')
    if (this.#ports.whenWritable !== undefined)
      this.#ports.child.holdUntil(this.#ports.whenWritable())
  }

  #exit(frame: Frame): void {
    const { exitCode, limit, cpuMs, memoryBytes } = parseExit(frame)
    this.#ports.child.listen(undefined)
    this.#done()
    this.#settle.resolve({
      exitCode: limit === undefined ? exitCode : null,
      cpuMs,
      ...(memoryBytes === undefined ? {} : { memoryBytes }),
      ...(limit === undefined ? {} : { limit }),
    })
  }

  #stop(limit: LimitKind | undefined): void {
    this.#limit ??= limit
    this.#cpuAtKill ??= this.#ports.child.cpuMs()
    void this.#ports.child.kill()
  }

  #ended(end: ProcessEnd): void {
    this.#done()
    const { signal, request } = this.#ports
    if (signal.aborted && this.#limit === undefined) return this.#settle.reject(signal.reason)
    const limit = this.#limit ?? limitOf(end)
    const measured = Math.max(0, (this.#cpuAtKill ?? this.#cpuBefore) - this.#cpuBefore)
    const cpuMs = limit === 'cpu' ? Math.max(measured, request.limits.cpuMs) : measured
    this.#settle.resolve({
      exitCode: null,
      cpuMs,
      ...(limit === undefined ? { reason: reasonOf(end) } : { limit }),
    })
  }

  #done(): void {
    clearTimeout(this.#deadline)
    this.#ports.signal.removeEventListener('abort', this.#onAbort)
  }
}

/** The limit that a dead process ran into, if any. */
export function limitOf(end: ProcessEnd): LimitKind | undefined {
  if (end.reason === 'time' || end.reason === 'cpu' || end.reason === 'memory') return end.reason
  return end.message.includes('heap out of memory') ? 'memory' : undefined
}

/** How the process ended, without its last words: they may name what is on this machine. */
export function reasonOf(end: ProcessEnd): string {
  if (end.reason === 'protocol') return 'its process sent what no program may send'
  if (end.reason === 'killed') return 'its process was ended'
  const how = end.message.split('; ').find((word) => /^(?:exit code|signal) /.test(word))
  return how === undefined ? 'its process ended' : `its process ended with ${how}`
}
