import { readSync, writeSync } from 'node:fs'
import type { Frame } from './frames.ts'

/** The other end closed the pipe: the parent is gone or wants no more. */
export class PipeClosedError extends Error {
  override readonly name = 'PipeClosedError'
}

const headBytes = 5
const waiting = new Int32Array(new SharedArrayBuffer(4))

/** Reads whole frames from a file descriptor and blocks until they are there. */
export class SyncFrameReader {
  readonly #fd: number
  readonly #head = new Uint8Array(headBytes)

  constructor(fd: number) {
    this.#fd = fd
  }

  read(): Frame {
    this.#fill(this.#head)
    const payload = new Uint8Array(new DataView(this.#head.buffer).getUint32(0, true))
    this.#fill(payload)
    return { type: this.#head[4] ?? 0, payload }
  }

  #fill(into: Uint8Array): void {
    for (let at = 0; at < into.length;) {
      const count = patiently(() => readSync(this.#fd, into, at, into.length - at, null))
      if (count === 0) throw new PipeClosedError('the control pipe was closed')
      at += count
    }
  }
}

/** Writes all bytes and blocks until the pipe has taken them. */
export function writeFully(fd: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;)
    at += patiently(() => writeSync(fd, bytes, at, bytes.length - at))
}

function patiently(call: () => number): number {
  for (;;) {
    try {
      return call()
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code
      if (code === 'EPIPE' || code === 'ECONNRESET')
        throw new PipeClosedError('the pipe was closed', { cause: error })
      if (code !== 'EAGAIN' && code !== 'EINTR') throw error
      Atomics.wait(waiting, 0, 0, 1)
    }
  }
}
