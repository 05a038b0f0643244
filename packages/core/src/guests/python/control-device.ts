import { decodeList, encodeList } from '../../process/frames.ts'
import type { WasiDevice } from '../../wasi/index.ts'

/** The program wrote to its control device what only the boot script writes. */
export class ForgedMessageError extends Error {
  override readonly name = 'ForgedMessageError'
}

export interface ControlPorts {
  /** Blocks until there is a message for the interpreter; undefined is the end of the device. */
  next(): readonly Uint8Array[] | undefined
  /** A message of the interpreter. It may be the program's own forgery: it speaks for the program only. */
  onMessage(items: readonly Uint8Array[]): void
  /** Largest message the interpreter may send, bytes. */
  readonly maxMessageBytes: number
}

/** `/dev/gaesup/control`: messages in both directions, each a list of byte strings with its length before it. */
export function createControlDevice(ports: ControlPorts): Required<WasiDevice> {
  let unread: Uint8Array = new Uint8Array()
  let written: Uint8Array = new Uint8Array()
  return {
    read(into) {
      if (unread.length === 0) {
        const items = ports.next()
        if (items === undefined) return 0
        unread = withLength(encodeList(items))
      }
      const count = Math.min(into.length, unread.length)
      into.set(unread.subarray(0, count))
      unread = unread.subarray(count)
      return count
    },
    write(bytes) {
      written = joined(written, bytes)
      for (let size = lengthOf(written); size !== undefined; size = lengthOf(written)) {
        if (size > ports.maxMessageBytes)
          throw new ForgedMessageError(`a message of ${size} bytes on the control device`)
        if (written.length < 4 + size) return
        const message = written.subarray(4, 4 + size)
        written = written.slice(4 + size)
        ports.onMessage(decodeList(message))
      }
    },
  }
}

function withLength(bytes: Uint8Array): Uint8Array {
  const length = new Uint8Array(4)
  new DataView(length.buffer).setUint32(0, bytes.length, true)
  return joined(length, bytes)
}

function lengthOf(bytes: Uint8Array): number | undefined {
  return bytes.length < 4
    ? undefined
    : new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true)
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  if (first.length === 0) return second
  const bytes = new Uint8Array(first.length + second.length)
  bytes.set(first)
  bytes.set(second, first.length)
  return bytes
}
