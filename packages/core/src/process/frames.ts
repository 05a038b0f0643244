/** A message on a control pipe: a type of one byte, and a payload. */
export interface Frame {
  readonly type: number
  readonly payload: Uint8Array
}

const headBytes = 5

/** Thrown for bytes that a peer which follows the protocol never sends. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError'
}

/**
 * Encodes a frame: length of the payload (32 bits, little-endian), type, payload. The parts are joined into the
 * payload.
 */
export function encodeFrame(type: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  const bytes = new Uint8Array(headBytes + length)
  new DataView(bytes.buffer).setUint32(0, length, true)
  bytes[4] = type
  let at = headBytes
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}

/**
 * Splits a byte stream into frames. Throws `ProtocolError` for a frame of an unknown type, or longer than its type may
 * be.
 */
export class FrameReader {
  readonly #maxBytes: (type: number) => number | undefined
  #chunks: Uint8Array[] = []
  #buffered = 0

  /** @param maxBytes largest payload of a type; undefined for a type that does not exist */
  constructor(maxBytes: (type: number) => number | undefined) {
    this.#maxBytes = maxBytes
  }

  /** Takes the next bytes and returns the frames that are complete now. */
  *push(chunk: Uint8Array): Generator<Frame> {
    this.#chunks.push(chunk)
    this.#buffered += chunk.length
    for (let frame = this.#next(); frame !== undefined; frame = this.#next()) yield frame
  }

  #next(): Frame | undefined {
    if (this.#buffered < headBytes) return undefined
    const head = this.#peek(headBytes)
    const length = new DataView(head.buffer, head.byteOffset).getUint32(0, true)
    const type = head[4] ?? 0
    const cap = this.#maxBytes(type)
    if (cap === undefined) throw new ProtocolError(`there is no frame of type ${type}`)
    if (length > cap)
      throw new ProtocolError(
        `a frame of type ${type} has ${length} bytes; at most ${cap} are allowed`,
      )
    if (this.#buffered < headBytes + length) return undefined
    const bytes = this.#peek(headBytes + length)
    const rest = (this.#chunks[0] ?? bytes).subarray(headBytes + length)
    this.#buffered -= headBytes + length
    this.#chunks = rest.length > 0 ? [rest, ...this.#chunks.slice(1)] : this.#chunks.slice(1)
    return { type, payload: bytes.subarray(headBytes, headBytes + length) }
  }

  /** The first chunk, joined with the ones behind it until it has `count` bytes. */
  #peek(count: number): Uint8Array {
    const first = this.#chunks[0] ?? new Uint8Array()
    if (first.length >= count) return first
    const joined = new Uint8Array(this.#buffered)
    let at = 0
    for (const chunk of this.#chunks) {
      joined.set(chunk, at)
      at += chunk.length
    }
    this.#chunks = [joined]
    return joined
  }
}

/** Encodes a JSON value, with bytes behind it, as one payload. */
export function encodeHeaded(head: unknown, body: Uint8Array = new Uint8Array()): Uint8Array {
  const json = new TextEncoder().encode(JSON.stringify(head))
  const bytes = new Uint8Array(4 + json.length + body.length)
  new DataView(bytes.buffer).setUint32(0, json.length, true)
  bytes.set(json, 4)
  bytes.set(body, 4 + json.length)
  return bytes
}

/** Decodes what `encodeHeaded` wrote; the body is a view. Throws `ProtocolError` for anything else. */
export function decodeHeaded(payload: Uint8Array): { head: unknown; body: Uint8Array } {
  if (payload.length < 4) throw new ProtocolError('the payload has no head')
  const length = new DataView(payload.buffer, payload.byteOffset, payload.byteLength).getUint32(
    0,
    true,
  )
  if (length > payload.length - 4) throw new ProtocolError('the head is longer than the payload')
  try {
    const head: unknown = JSON.parse(
      new TextDecoder('utf-8', { fatal: true }).decode(payload.subarray(4, 4 + length)),
    )
    return { head, body: payload.subarray(4 + length) }
  } catch {
    throw new ProtocolError('the head is not JSON')
  }
}

/** Encodes byte strings, each with its length before it. */
export function encodeList(items: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(items.reduce((sum, item) => sum + 4 + item.length, 0))
  const view = new DataView(bytes.buffer)
  let at = 0
  for (const item of items) {
    view.setUint32(at, item.length, true)
    bytes.set(item, at + 4)
    at += 4 + item.length
  }
  return bytes
}

/** Decodes what `encodeList` wrote, as views. Throws `ProtocolError` for anything else. */
export function decodeList(payload: Uint8Array): Uint8Array[] {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength)
  const items: Uint8Array[] = []
  let at = 0
  while (at < payload.length) {
    if (at + 4 > payload.length) throw new ProtocolError('a list ends in the middle of a length')
    const length = view.getUint32(at, true)
    if (length > payload.length - at - 4)
      throw new ProtocolError('a list ends in the middle of an item')
    items.push(payload.subarray(at + 4, at + 4 + length))
    at += 4 + length
  }
  return items
}
