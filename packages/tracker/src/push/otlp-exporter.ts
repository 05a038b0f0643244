import type { ContainerStats } from '../model/metrics.ts'
import type { Clock, Logger } from '../model/ports.ts'
import { silentLogger, systemClock } from '../model/ports.ts'
import type { PartialSuccess } from './otlp-protobuf.ts'
import { parseOtlpAnswer, toOtlpProtobuf } from './otlp-protobuf.ts'
import { toOtlp } from './otlp.ts'
import type { PostBody } from './post.ts'
import { parseUrl, postBody } from './post.ts'
import { withRetries } from './retry.ts'

/** Where measurements come from; a `ResourceMonitor` fits. */
export interface MeasuredWorkspaces {
  getActiveMonitors(): readonly string[]
  getStats(workspaceId: string): ContainerStats | undefined
}

/** Options of `OtlpExporter`. */
export interface OtlpExporterOptions {
  /** The whole address, for example `http://localhost:4318/v1/metrics`. */
  readonly url: string
  /** How bodies are written. Default `protobuf`, which every receiver reads; some read nothing else. */
  readonly encoding?: 'protobuf' | 'json'
  /** Sent with each request, for example `authorization`. Never logged. */
  readonly headers?: Readonly<Record<string, string>>
  /** From one export to the next, in ms. Default 60,000. */
  readonly intervalMs?: number
  /** For one request, in ms. Default 10,000. */
  readonly timeoutMs?: number
  /** Compresses bodies. Default true. */
  readonly gzip?: boolean
  /** Tries after the first that may work later (429, 502, 503, 504, no answer). Default 5. */
  readonly maxRetries?: number
  /** Wait before the first of them, in ms, unless the receiver asks for another; doubles with each. Default 1,000. */
  readonly retryMs?: number
  /** Workspaces in one request. Default 1,000. */
  readonly batchSize?: number
  readonly fetch?: typeof globalThis.fetch
  readonly clock?: Clock
  readonly logger?: Logger
}

/** What was sent so far. */
export interface OtlpExporterStats {
  /** Requests that were accepted, in whole or in part. */
  readonly accepted: number
  /** Data points that the receiver did not want. */
  readonly rejectedPoints: number
  /** Requests that were given up. */
  readonly failed: number
}

const retryable: ReadonlySet<number> = new Set([429, 502, 503, 504])

/** Reads the part of an answer that says what was not taken. */
const parseJsonAnswer = (answer: Uint8Array): PartialSuccess => {
  try {
    const { partialSuccess } = JSON.parse(new TextDecoder().decode(answer)) as {
      partialSuccess?: { rejectedDataPoints?: string | number; errorMessage?: string }
    }
    const rejected = Number(partialSuccess?.rejectedDataPoints ?? 0)
    return { rejected: rejected > 0 ? rejected : 0, message: partialSuccess?.errorMessage ?? '' }
  } catch {
    // The body may be empty, or of a proxy; the status said that it was taken.
    return { rejected: 0, message: '' }
  }
}

interface Encoding {
  readonly contentType: string
  readonly write: (body: object) => PostBody
  readonly parseAnswer: (answer: Uint8Array) => PartialSuccess
}

const encodings = {
  json: {
    contentType: 'application/json',
    write: (body) => JSON.stringify(body),
    parseAnswer: parseJsonAnswer,
  },
  protobuf: {
    contentType: 'application/x-protobuf',
    write: toOtlpProtobuf,
    parseAnswer: parseOtlpAnswer,
  },
} satisfies Record<string, Encoding>

/**
 * Sends the newest measurements to an OpenTelemetry receiver at an interval.
 *
 * @see https://opentelemetry.io/docs/specs/otlp/#otlphttp
 */
export class OtlpExporter {
  readonly #source: MeasuredWorkspaces
  readonly #options: OtlpExporterOptions
  readonly #url: URL
  readonly #clock: Clock
  readonly #logger: Logger
  #running: AbortController | undefined
  #cancel: () => void = () => {}
  #stats = { accepted: 0, rejectedPoints: 0, failed: 0 }

  /** @throws TypeError for an address that is not an http or https URL. */
  constructor(source: MeasuredWorkspaces, options: OtlpExporterOptions) {
    this.#source = source
    this.#options = options
    this.#url = parseUrl('OtlpExporter', options.url)
    this.#clock = options.clock ?? systemClock
    this.#logger = options.logger ?? silentLogger
  }

  get stats(): OtlpExporterStats {
    return this.#stats
  }

  /** Begins to export, first after one interval. @throws TypeError when it already runs. */
  start(): void {
    if (this.#running !== undefined)
      throw new TypeError('OtlpExporter.start: it is already running')
    this.#running = new AbortController()
    this.#schedule(this.#running.signal)
  }

  /** Stops, and ends an export under way. */
  stop(): void {
    this.#running?.abort()
    this.#running = undefined
    this.#cancel()
  }

  /** Sends the newest measurements now. A request that is given up is counted and logged; it never throws. */
  async export(signal: AbortSignal = new AbortController().signal): Promise<void> {
    const all = this.#source.getActiveMonitors().flatMap((id) => this.#source.getStats(id) ?? [])
    const size = this.#options.batchSize ?? 1000
    for (let from = 0; from < all.length && !signal.aborted; from += size)
      await this.#send(all.slice(from, from + size), signal)
  }

  async #send(batch: readonly ContainerStats[], signal: AbortSignal): Promise<void> {
    const { maxRetries = 5, retryMs = 1000, timeoutMs = 10_000, gzip = true } = this.#options
    const { headers = {}, fetch = globalThis.fetch } = this.#options
    const { contentType, write, parseAnswer }: Encoding =
      encodings[this.#options.encoding ?? 'protobuf']
    const post = { headers, contentType, gzip, timeoutMs, fetch, signal, retryable }
    const again = { maxRetries, retryMs, clock: this.#clock, signal }
    try {
      const body = write(toOtlp(batch))
      const answer = parseAnswer(await withRetries(() => postBody(this.#url, body, post), again))
      this.#stats = {
        ...this.#stats,
        accepted: this.#stats.accepted + 1,
        rejectedPoints: this.#stats.rejectedPoints + answer.rejected,
      }
      if (answer.rejected > 0 || answer.message !== '')
        this.#logger.info(
          `${this.#url.origin} rejected ${answer.rejected} data points: ${answer.message}`,
        )
    } catch (error) {
      if (signal.aborted) return
      this.#stats = { ...this.#stats, failed: this.#stats.failed + 1 }
      this.#logger.error(`${batch.length} measurements could not be exported`, error)
    }
  }

  #schedule(signal: AbortSignal): void {
    this.#cancel = this.#clock.schedule(this.#options.intervalMs ?? 60_000, () => {
      void this.export(signal).then(() => {
        if (!signal.aborted) this.#schedule(signal)
      })
    })
  }
}
