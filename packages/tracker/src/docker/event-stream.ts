import type { Readable } from 'node:stream'
import type { SourceNotice } from '../model/ports.ts'
import { LineBuffer } from './line-buffer.ts'
import type { WorkspaceNaming } from './naming.ts'
import { parseEngineEvent } from './parse-event.ts'
import type { EngineTransport } from './transport.ts'

/** Options of the event reader. */
export interface EventStreamOptions {
  readonly transport: EngineTransport
  readonly naming: WorkspaceNaming
  /** Bytes that may wait to be parsed. Default 8 MiB, about 16,000 events. */
  readonly maxBufferedBytes?: number
  /** Wait before the first reconnection, doubled with each; default 100, at most 5,000. */
  readonly reconnectMs?: number
}

const defaultBuffer = 8 * 1024 * 1024
const defaultReconnectMs = 100
const longestReconnectMs = 5000
const nsDigits = 9

/** The engine replays at most this many events to a reader that comes back. */
export const engineReplayLimit = 256

/** Reads the engine's events, reconnects for ever and says where events may be missing. */
export class EventStream {
  readonly #options: EventStreamOptions
  #connectedBefore = false
  #lastKey = ''
  #lastNano = ''
  #current: Readable | undefined
  #buffer: LineBuffer
  #wake: () => void = () => {}

  constructor(options: EventStreamOptions) {
    this.#options = options
    this.#buffer = new LineBuffer(options.maxBufferedBytes ?? defaultBuffer)
  }

  /** Drops the connection; the reader makes a new one at once. */
  reconnect(): void {
    this.#current?.destroy()
  }

  async *read(signal: AbortSignal): AsyncGenerator<SourceNotice> {
    let delayMs = this.#options.reconnectMs ?? defaultReconnectMs
    while (!signal.aborted) {
      const resumed = this.#connectedBefore
      const opened = await this.#open(signal)
      if (signal.aborted) return
      if (opened instanceof Error) {
        yield { type: 'disconnected', error: opened }
        await pause(delayMs, signal)
        delayMs = Math.min(longestReconnectMs, delayMs * 2)
        continue
      }
      delayMs = this.#options.reconnectMs ?? defaultReconnectMs
      this.#connectedBefore = true
      yield { type: 'connected' }
      if (resumed) yield { type: 'gap', reason: 'reconnected' }
      const ended = yield* this.#drain(opened, resumed, signal)
      if (signal.aborted) return
      yield { type: 'disconnected', error: ended }
    }
  }

  async #open(signal: AbortSignal): Promise<Readable | Error> {
    const filters = encodeURIComponent(JSON.stringify({ type: ['container'] }))
    const since = this.#lastNano === '' ? '' : `&since=${toSeconds(this.#lastNano)}`
    try {
      return await this.#options.transport.openStream(`/events?filters=${filters}${since}`, signal)
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error))
    }
  }

  /** Only copies bytes off the socket, whatever the consumer does; a socket that is not read makes the engine wait for us. */
  #attach(stream: Readable): { readonly ended: () => Error | undefined } {
    let ended: Error | undefined
    const end = (error?: Error): void => {
      ended ??= error ?? new Error('the engine closed the event connection')
      this.#wake()
    }
    this.#buffer = new LineBuffer(this.#options.maxBufferedBytes ?? defaultBuffer)
    stream.on('data', (chunk: Buffer) => {
      this.#buffer.push(chunk)
      this.#wake()
    })
    stream.once('end', () => end())
    stream.once('close', () => end())
    stream.on('error', end)
    this.#current = stream
    return { ended: () => ended }
  }

  async *#drain(
    stream: Readable,
    resumed: boolean,
    signal: AbortSignal,
  ): AsyncGenerator<SourceNotice, Error> {
    const { ended } = this.#attach(stream)
    const before = this.#lastKey
    // Without an event seen before there is nothing to continue from; the listing repairs what was missed.
    let replaying = resumed && before !== ''
    try {
      while (!signal.aborted) {
        if (this.#buffer.takeOverflow()) yield { type: 'gap', reason: 'buffer_overflow' }
        const lines = this.#buffer.takeLines()
        // The last event seen comes again at the head of a replay that lost nothing.
        const lost = replaying && lines.length > 0 && !this.#continues(lines[0] ?? '', before)
        if (lines.length > 0) replaying = false
        if (lost) yield { type: 'gap', reason: 'replay_exhausted' }
        for (const line of lines) yield* this.#deliver(line, before)
        const over = ended()
        if (lines.length === 0 && over !== undefined) return over
        if (lines.length === 0) await this.#more(ended, signal)
      }
      return new Error('aborted')
    } finally {
      stream.destroy()
    }
  }

  #continues(line: string, lastKey: string): boolean {
    const parsed = parseEngineEvent(line, this.#options.naming)
    return parsed.type !== 'malformed' && parsed.key === lastKey
  }

  *#deliver(line: string, before: string): Generator<SourceNotice> {
    const parsed = parseEngineEvent(line, this.#options.naming)
    if (parsed.type === 'malformed') {
      yield { type: 'gap', reason: 'malformed' }
      return
    }
    if (parsed.key === before) return
    this.#lastKey = parsed.key
    if (parsed.timeNano !== '') this.#lastNano = parsed.timeNano
    if (parsed.type === 'event') yield { type: 'event', event: parsed.event }
  }

  #more(ended: () => Error | undefined, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        signal.removeEventListener('abort', done)
        this.#wake = () => {}
        resolve()
      }
      this.#wake = done
      signal.addEventListener('abort', done, { once: true })
      if (signal.aborted || ended() !== undefined) done()
    })
  }
}

const toSeconds = (nano: string): string =>
  `${nano.slice(0, -nsDigits) || '0'}.${nano.slice(-nsDigits).padStart(nsDigits, '0')}`

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    signal.addEventListener('abort', end, { once: true })
  })
