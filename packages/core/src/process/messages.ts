import type { FileQuota } from '../files/types.ts'
import type { LimitKind } from '../guests/guest.ts'
import { decodeHeaded, encodeFrame, encodeHeaded, ProtocolError, type Frame } from './frames.ts'

/** Limits of one program. */
export interface RunLimits {
  /** Wall-clock time, milliseconds. */
  readonly timeoutMs: number
  /** CPU time, milliseconds. */
  readonly cpuMs: number
  /** Standard output and standard error together, bytes. */
  readonly maxOutputBytes: number
}

/** The first frame to a child: its limits, and what it is for. */
export interface Configuration {
  /** Hard limit of linear memory, bytes. */
  readonly memoryLimitBytes: number
  readonly quota: FileQuota
  /** The interpreter to start before it is asked for. */
  readonly prepare: 'python' | 'javascript' | 'none'
}

/** A program to run in a session. */
export interface RunRequest {
  readonly argv: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  readonly limits: RunLimits
}

/** A function to load: its source text, environment and limits. */
export interface LoadRequest {
  readonly language: 'python' | 'javascript'
  readonly code: string
  readonly environment: Readonly<Record<string, string>>
  readonly limits: RunLimits
}

/** One request to a loaded function; its body follows in the same frame. */
export interface InvokeRequest {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly hasBody: boolean
  readonly limits: RunLimits
}

/** CPU time of a program in milliseconds, and the linear memory of its interpreter in bytes. */
export interface Usage {
  readonly cpuMs: number
  readonly memoryBytes: number
}

/** How a program ended. */
export interface ExitReport {
  readonly cpuMs: number
  /** Left out where the program cannot be measured. */
  readonly memoryBytes?: number
  readonly exitCode: number
  readonly limit?: LimitKind
}

/** What a function answered, or why it did not; `ended` says that its instance is gone. */
export type ResponseReport = Usage &
  (
    | {
        readonly ok: true
        readonly status: number
        readonly headers: Readonly<Record<string, string>>
      }
    | {
        readonly ok: false
        readonly limit?: LimitKind
        readonly message: string
        readonly ended: boolean
      }
  )

/** Frames that the parent sends. */
export const toChild = { configure: 1, files: 2, changes: 3, run: 4, load: 5, invoke: 6 } as const

/** Frames that the child sends. */
export const toParent = { ready: 1, output: 2, changes: 3, exit: 4, response: 5 } as const

/** Largest body of a function's answer, bytes. */
export const maxResponseBytes: number = 8 * 2 ** 20

const kibibyte = 1024
const largestFrames: Readonly<Record<number, number>> = {
  [toParent.ready]: kibibyte,
  [toParent.output]: 256 * kibibyte,
  [toParent.changes]: 1024 * kibibyte,
  [toParent.exit]: kibibyte,
  [toParent.response]: maxResponseBytes + 256 * kibibyte,
}

/** Largest payload that a child may send in a frame of the type; undefined for a type it must not send. */
export function maxPayloadBytes(type: number): number | undefined {
  return largestFrames[type]
}

/** Output bytes that fit into one frame. */
export const maxOutputChunkBytes: number = 128 * kibibyte

export function encodeOutput(stream: 'stdout' | 'stderr', bytes: Uint8Array): Uint8Array {
  return encodeFrame(toParent.output, Uint8Array.of(stream === 'stdout' ? 1 : 2), bytes)
}

export function parseOutput(payload: Uint8Array): {
  stream: 'stdout' | 'stderr'
  bytes: Uint8Array
} {
  const number = payload[0]
  if (number !== 1 && number !== 2) throw new ProtocolError('output of no known stream')
  return { stream: number === 1 ? 'stdout' : 'stderr', bytes: payload.subarray(1) }
}

const limitKinds: readonly LimitKind[] = ['time', 'cpu', 'memory', 'output', 'disk', 'inodes']

export function parseExit(frame: Frame): ExitReport {
  const head = parseObject(decodeHeaded(frame.payload).head)
  const cpuMs = parseNumber(head['cpuMs'])
  const exitCode = parseInteger(head['exitCode'], 255)
  const limit = parseLimit(head['limit'])
  const memory =
    head['memoryBytes'] === undefined ? {} : { memoryBytes: parseUsage(head).memoryBytes }
  return { cpuMs, ...memory, exitCode, ...(limit === undefined ? {} : { limit }) }
}

export function parseResponse(frame: Frame): { report: ResponseReport; body: Uint8Array } {
  const { head, body } = decodeHeaded(frame.payload)
  const fields = parseObject(head)
  const usage = parseUsage(fields)
  if (fields['ok'] === true) {
    const status = parseInteger(fields['status'], 599)
    if (status < 100) throw new ProtocolError('a status is below 100')
    return {
      report: { ...usage, ok: true, status, headers: parseHeaders(fields['headers']) },
      body,
    }
  }
  const message = fields['message']
  if (fields['ok'] !== false || typeof message !== 'string')
    throw new ProtocolError('a response is neither good nor bad')
  const limit = parseLimit(fields['limit'])
  return {
    report: {
      ...usage,
      ok: false,
      message,
      ended: fields['ended'] === true,
      ...(limit === undefined ? {} : { limit }),
    },
    body,
  }
}

/**
 * Encodes a JSON message as a frame.
 *
 * @param type one of `toChild` or `toParent`
 */
export function encodeMessage(type: number, head: unknown, body?: Uint8Array): Uint8Array {
  return encodeFrame(type, encodeHeaded(head, body))
}

function parseObject(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new ProtocolError('a head is not an object')
  return value as Record<string, unknown>
}

function parseUsage(head: Record<string, unknown>): Usage {
  return { cpuMs: parseNumber(head['cpuMs']), memoryBytes: parseNumber(head['memoryBytes']) }
}

function parseNumber(value: unknown): number {
  if (typeof value !== 'number' || !(value >= 0 && value <= Number.MAX_SAFE_INTEGER))
    throw new ProtocolError('a measurement is not a number')
  return value
}

function parseInteger(value: unknown, max: number): number {
  const number = parseNumber(value)
  if (!Number.isInteger(number) || number > max)
    throw new ProtocolError(`a number is not a whole number up to ${max}`)
  return number
}

function parseLimit(value: unknown): LimitKind | undefined {
  if (value === undefined) return undefined
  const limit = limitKinds.find((kind) => kind === value)
  if (limit === undefined) throw new ProtocolError('a limit is not known')
  return limit
}

function parseHeaders(value: unknown): Record<string, string> {
  const headers: Record<string, string> = Object.create(null) as Record<string, string>
  for (const [name, text] of Object.entries(parseObject(value))) {
    if (typeof text !== 'string') throw new ProtocolError('a header is not a text')
    headers[name] = text
  }
  return headers
}
