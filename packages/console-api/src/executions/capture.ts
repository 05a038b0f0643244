import { LIMITS } from '../contract/index.ts'
import type { FunctionLogLine } from '../ports.ts'
import type { CapturedBody } from '../storage/tables.ts'

/** The head of a body as it is kept: text where the bytes are UTF-8, else Base64; null when there was no body. */
export function captureBody(
  bytes: Uint8Array | null,
  limitBytes: number = LIMITS.capturedBodyBytes,
): CapturedBody | null {
  if (bytes === null || bytes.length === 0) return null
  const truncated = bytes.length > limitBytes
  const head = truncated ? bytes.subarray(0, limitBytes) : bytes
  // A cut may fall inside a character: `stream` leaves its first bytes out.
  const text = decode(head, truncated)
  if (text !== null) return { encoding: 'text', value: text, truncated }
  return { encoding: 'base64', value: Buffer.from(head).toString('base64'), truncated }
}

function decode(bytes: Uint8Array, cut: boolean): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes, { stream: cut })
  } catch {
    return null
  }
}

/** A kept body as the API shows it. @see seeds: ExecutionLog.requestBody */
export function showBody(body: CapturedBody): unknown {
  if (body.encoding === 'base64') return { base64: body.value }
  if (body.truncated) return body.value
  try {
    return JSON.parse(body.value)
  } catch {
    return body.value
  }
}

/** Collects what a function prints up to a number of bytes; what is beyond is counted out, never kept in memory. */
export interface LogCapture {
  readonly lines: readonly FunctionLogLine[]
  readonly truncated: boolean
  /** Keeps the line and gives it back as kept, or null when there is no more room. */
  add(line: FunctionLogLine): FunctionLogLine | null
}

/** What a line costs besides its text; an empty line is not free. */
const LINE_BYTES = 1

export function createLogCapture(limitBytes: number = LIMITS.capturedLogBytes): LogCapture {
  const lines: FunctionLogLine[] = []
  let room = limitBytes
  let truncated = false
  return {
    get lines() {
      return lines
    },
    get truncated() {
      return truncated
    },
    add(line) {
      if (truncated) return null
      const text = cutText(line.text, room - LINE_BYTES)
      room -= Buffer.byteLength(text) + LINE_BYTES
      truncated = text.length < line.text.length || room <= 0
      if (room < 0) return null
      const kept = { stream: line.stream, text, atMs: Math.round(line.atMs) }
      lines.push(kept)
      return kept
    },
  }
}

function cutText(text: string, limitBytes: number): string {
  if (Buffer.byteLength(text) <= limitBytes) return text
  const head = Buffer.from(text.slice(0, Math.max(limitBytes, 0))).subarray(
    0,
    Math.max(limitBytes, 0),
  )
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(head, { stream: true })
}
