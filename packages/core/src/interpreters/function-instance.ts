import { LogLines } from './log-lines.ts'
import type { Child } from './child.ts'
import { innerGraceMs, limitOf } from './command.ts'
import type {
  FunctionCall,
  FunctionCallOptions,
  FunctionFault,
  FunctionLog,
  FunctionResult,
} from './function-types.ts'
import { keptLimits, keptTime } from './limits.ts'
import type { LimitKind } from '../guests/guest.ts'
import { ProtocolError, type Frame } from '../process/frames.ts'
import type { ProcessEnd } from '../process/locked-process.ts'
import {
  encodeMessage,
  parseOutput,
  parseResponse,
  toChild,
  toParent,
  type LoadRequest,
  type RunLimits,
} from '../process/messages.ts'

export interface FunctionInstanceOptions {
  readonly child: Child
  /** CPU time of one call, milliseconds; undefined for twice its wall-clock limit. */
  readonly maxCpuMs: number | undefined
  /** Bytes that one call may print. */
  readonly maxOutputBytes: number
}

interface Exchange {
  readonly startedAt: number
  readonly lines: LogLines
  readonly timeoutMs: number
  readonly cpuBefore: number
  fault: FunctionFault | undefined
  cpuAtKill: number | undefined
  settle(result: FunctionResult): void
}

/** One loaded function in a process of its own. It answers one request at a time, in the order of the calls. */
export class FunctionProcess {
  readonly #options: FunctionInstanceOptions
  #exchange: Exchange | undefined
  #queue: Promise<unknown> = Promise.resolve()
  #memoryBytes = 0
  #isGone = false
  /** Why it cannot answer, when that was found out while nobody waited. */
  #lost: FunctionResult | undefined
  #early: FunctionLog[] = []

  constructor(options: FunctionInstanceOptions) {
    this.#options = options
    options.child.listen({
      onFrame: (frame) => this.#receive(frame),
      onEnd: (end) => this.#ended(end),
    })
  }

  /** False once a limit, a crash or `close` ended it. */
  get alive(): boolean {
    return !this.#isGone && this.#options.child.isAlive
  }

  /** Runs the code of the module; an error in it is the result of the first call. */
  async load(
    request: Omit<LoadRequest, 'limits'>,
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<void> {
    const lines = new LogLines((stream, text) =>
      this.#early.push({ stream, text, atMs: Date.now() }),
    )
    const frame = encodeMessage(toChild.load, { ...request, limits: this.#limits(timeoutMs) })
    const result = await this.#perform({ frame, lines, timeoutMs, signal })
    if (!result.ok && !this.alive) this.#lost = result
  }

  async invoke(call: FunctionCall, options: FunctionCallOptions): Promise<FunctionResult> {
    const { signal } = options
    const timeoutMs = keptTime('timeoutMs', options.timeoutMs)
    const kept = { signal, timeoutMs, onLog: (line: FunctionLog) => options.onLog(line) }
    const result = this.#queue.then(() => this.#invoke(call, kept))
    this.#queue = result
    return result
  }

  async close(): Promise<void> {
    this.#isGone = true
    await this.#options.child.kill()
  }

  async #invoke(call: FunctionCall, options: FunctionCallOptions): Promise<FunctionResult> {
    for (const line of this.#early.splice(0)) options.onLog(line)
    if (!this.alive)
      return (
        this.#lost ??
        this.#failure('CRASHED', 'The instance of the function is gone.', {
          durationMs: 0,
          cpuMs: 0,
        })
      )
    const { method, path, headers, body } = call
    const head = {
      method,
      path,
      headers,
      hasBody: body !== null,
      limits: this.#limits(options.timeoutMs),
    }
    const lines = new LogLines((stream, text) => options.onLog({ stream, text, atMs: Date.now() }))
    const frame = encodeMessage(toChild.invoke, head, body ?? new Uint8Array())
    return this.#perform({ frame, lines, timeoutMs: options.timeoutMs, signal: options.signal })
  }

  #limits(timeoutMs: number): RunLimits {
    const { maxCpuMs = 2 * timeoutMs, maxOutputBytes } = this.#options
    const limits = keptLimits({ timeoutMs, cpuMs: maxCpuMs, maxOutputBytes })
    return { ...limits, timeoutMs: limits.timeoutMs + innerGraceMs }
  }

  #perform(work: {
    frame: Uint8Array
    lines: LogLines
    timeoutMs: number
    signal: AbortSignal
  }): Promise<FunctionResult> {
    const { frame, lines, timeoutMs, signal } = work
    return new Promise((resolve) => {
      const abort = (): void => this.#stop('CANCELLED')
      const deadline = setTimeout(() => this.#stop('TIMEOUT'), timeoutMs)
      const settle = (result: FunctionResult): void => {
        clearTimeout(deadline)
        signal.removeEventListener('abort', abort)
        this.#exchange = undefined
        lines.end()
        resolve(result)
      }
      this.#exchange = {
        startedAt: performance.now(),
        lines,
        timeoutMs,
        cpuBefore: this.#options.child.cpuMs() ?? 0,
        fault: undefined,
        cpuAtKill: undefined,
        settle,
      }
      if (signal.aborted) return abort()
      signal.addEventListener('abort', abort, { once: true })
      this.#options.child.send(frame)
    })
  }

  #receive(frame: Frame): void {
    const exchange = this.#exchange
    if (exchange === undefined || exchange.fault !== undefined) return
    if (frame.type === toParent.output) {
      const { stream, bytes } = parseOutput(frame.payload)
      exchange.lines.push(stream, bytes)
    } else if (frame.type === toParent.response) this.#respond(exchange, frame)
    // The files of a function are its own and go with it: nobody keeps a copy.
    else if (frame.type !== toParent.changes)
      throw new ProtocolError(`a frame of type ${frame.type} while a function runs`)
  }

  #respond(exchange: Exchange, frame: Frame): void {
    const { report, body } = parseResponse(frame)
    this.#memoryBytes = Math.max(this.#memoryBytes, report.memoryBytes)
    const spent = { durationMs: performance.now() - exchange.startedAt, cpuMs: report.cpuMs }
    if (report.ok) {
      const { status, headers } = report
      return exchange.settle({
        ...spent,
        memoryBytes: this.#memoryBytes,
        ok: true,
        status,
        headers,
        body: body.slice(),
      })
    }
    const code = faultOf(report.limit)
    if (report.ended || code !== 'FUNCTION_ERROR') void this.close()
    exchange.settle(this.#failure(code, report.message, spent))
  }

  #stop(fault: FunctionFault): void {
    const exchange = this.#exchange
    if (exchange === undefined) return
    exchange.fault ??= fault
    exchange.cpuAtKill ??= this.#options.child.cpuMs()
    void this.close()
  }

  #ended(end: ProcessEnd): void {
    this.#isGone = true
    const exchange = this.#exchange
    if (exchange === undefined) return
    const limit = limitOf(end)
    const fault = exchange.fault ?? (limit === undefined ? 'CRASHED' : faultOf(limit))
    const cpuMs = Math.max(0, (exchange.cpuAtKill ?? exchange.cpuBefore) - exchange.cpuBefore)
    exchange.settle(
      this.#failure(fault, messageOf(fault, exchange.timeoutMs), {
        durationMs: performance.now() - exchange.startedAt,
        cpuMs,
      }),
    )
  }

  #failure(
    code: FunctionFault,
    message: string,
    spent: { durationMs: number; cpuMs: number },
  ): FunctionResult {
    return { ...spent, memoryBytes: this.#memoryBytes, ok: false, code, message }
  }
}

function faultOf(limit: LimitKind | undefined): FunctionFault {
  if (limit === 'time') return 'TIMEOUT'
  if (limit === 'cpu') return 'CPU_LIMIT'
  if (limit === 'memory') return 'MEMORY_LIMIT'
  return limit === 'output' ? 'OUTPUT_LIMIT' : 'FUNCTION_ERROR'
}

function messageOf(fault: FunctionFault, timeoutMs: number): string {
  if (fault === 'TIMEOUT') return `The call took longer than ${timeoutMs} ms.`
  if (fault === 'CPU_LIMIT') return 'The call used up its CPU time.'
  if (fault === 'MEMORY_LIMIT') return 'The call used up its memory.'
  return fault === 'CANCELLED'
    ? 'The call was cancelled.'
    : 'The process of the function ended unexpectedly.'
}
