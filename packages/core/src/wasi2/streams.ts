import { Errno, refuse } from '../wasi/errno.ts'
import { codeOf, type ErrorCode, type Result } from './answer.ts'
import { Pollable } from './poll.ts'

/** Most bytes that one call moves. */
export const largestTransfer: number = 1 << 20

/** `wasi:io/error.error`, with what `filesystem-error-code` tells of it. */
export class StreamError {
  readonly code: ErrorCode

  constructor(code: ErrorCode) {
    this.code = code
  }

  toDebugString(): string {
    return `The stream failed: ${this.code}.`
  }
}

type Failure =
  | { readonly tag: 'closed' }
  | { readonly tag: 'last-operation-failed'; readonly val: StreamError }

/** Where bytes come from. Its errors are those of files. */
export interface Source {
  /** At most so many bytes; undefined at the end. */
  read(count: number): Uint8Array | undefined
}

/** Where bytes go. Its errors are those of files. */
export interface Sink {
  write(bytes: Uint8Array): void
}

/** `wasi:io/streams.input-stream`: always ready, so that the blocking functions are the others. */
export class InputStream {
  readonly #source: Source

  constructor(source: Source) {
    this.#source = source
  }

  read(length: bigint): Result<Uint8Array, Failure> {
    return stream(() => this.take(length))
  }

  blockingRead(length: bigint): Result<Uint8Array, Failure> {
    return this.read(length)
  }

  skip(length: bigint): Result<bigint, Failure> {
    return stream(() => BigInt(this.take(length).length))
  }

  blockingSkip(length: bigint): Result<bigint, Failure> {
    return this.skip(length)
  }

  subscribe(): Pollable {
    return new Pollable()
  }

  /** Throws `Closed` at the end. */
  take(length: bigint): Uint8Array {
    if (length === 0n) return new Uint8Array()
    const count = length < BigInt(largestTransfer) ? Number(length) : largestTransfer
    const bytes = this.#source.read(count)
    if (bytes === undefined) throw new Closed()
    return bytes
  }
}

/** `wasi:io/streams.output-stream`: takes everything at once. */
export class OutputStream {
  readonly #sink: Sink

  constructor(sink: Sink) {
    this.#sink = sink
  }

  checkWrite(): Result<bigint, Failure> {
    return { tag: 'ok', val: BigInt(largestTransfer) }
  }

  write(bytes: Uint8Array): Result<undefined, Failure> {
    return stream(() => this.#sink.write(bytes) as undefined)
  }

  blockingWriteAndFlush(bytes: Uint8Array): Result<undefined, Failure> {
    return this.write(bytes)
  }

  flush(): Result<undefined, Failure> {
    return { tag: 'ok', val: undefined }
  }

  blockingFlush(): Result<undefined, Failure> {
    return this.flush()
  }

  subscribe(): Pollable {
    return new Pollable()
  }

  writeZeroes(length: bigint): Result<undefined, Failure> {
    return stream(() => {
      if (length > BigInt(largestTransfer)) refuse(Errno.inval)
      this.#sink.write(new Uint8Array(Number(length)))
      return undefined
    })
  }

  blockingWriteZeroesAndFlush(length: bigint): Result<undefined, Failure> {
    return this.writeZeroes(length)
  }

  splice(from: InputStream, length: bigint): Result<bigint, Failure> {
    return stream(() => {
      const bytes = from.take(length)
      this.#sink.write(bytes)
      return BigInt(bytes.length)
    })
  }

  blockingSplice(from: InputStream, length: bigint): Result<bigint, Failure> {
    return this.splice(from, length)
  }
}

class Closed extends Error {
  override readonly name = 'Closed'
}

function stream<T>(work: () => T): Result<T, Failure> {
  try {
    return { tag: 'ok', val: work() }
  } catch (error) {
    if (error instanceof Closed) return { tag: 'err', val: { tag: 'closed' } }
    const val = new StreamError(codeOf(error))
    return { tag: 'err', val: { tag: 'last-operation-failed', val } }
  }
}
