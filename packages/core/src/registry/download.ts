import { RegistryError } from '../errors.ts'
import { bodyChunks, dropBody, joinBytes } from './body.ts'
import { addressOf, bodyOptions, nameOf, refusal, type Connection } from './connection.ts'
import { sizeError } from './failure.ts'
import type { Descriptor } from './manifest.ts'
import { describeRequest, type WireRequest } from './transport.ts'
import type { StreamingHash } from './types.ts'

type Blob = Pick<Descriptor, 'digest' | 'size'>

/** Smaller parts are not worth keeping. */
const smallestKeptPart = 64 * 1024

/**
 * The bytes of a blob, hashed while they come in. An interrupted download goes on where it stopped, also one that an
 * earlier call gave up. A whole blob goes into the store; what has the wrong digest never does.
 *
 * Throws `RegistryError`: `INTEGRITY`, `SIZE_LIMIT`, `NOT_FOUND`, `TIME_LIMIT`, `ABORTED`, `REGISTRY_FAILED`.
 */
export async function downloadBlob(
  connection: Connection,
  blob: Blob,
): Promise<Uint8Array<ArrayBuffer>> {
  if (blob.size > connection.limits.maxBytes) {
    throw sizeError(`The blob ${blob.digest} of ${blob.size} bytes`, connection.limits.maxBytes)
  }
  const known = await readStored(connection, blob)
  if (known !== undefined) return known
  const part = await connection.store.read('partial', nameOf(blob.digest))
  const transfer = new Transfer(connection, blob)
  if (part !== undefined && part.length < blob.size) transfer.take(part)
  try {
    await transfer.run()
    await connection.store.write('blobs', nameOf(blob.digest), transfer.bytes())
  } catch (error) {
    await keepPart(connection, blob, { error, transfer })
    throw error
  }
  await connection.store.remove('partial', nameOf(blob.digest))
  return transfer.bytes()
}

/** Bytes of the store, hashed again: a disk can lie too. Wrong ones are removed. */
async function readStored(
  { store, createHash }: Connection,
  { digest }: Blob,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const bytes = await store.read('blobs', nameOf(digest))
  if (bytes === undefined) return undefined
  const hash = createHash()
  hash.update(bytes)
  if (`sha256:${hash.digestHex()}` === digest) return joinBytes([bytes])
  await store.remove('blobs', nameOf(digest))
  return undefined
}

async function keepPart(
  { store }: Connection,
  { digest }: Blob,
  { error, transfer }: { error: unknown; transfer: Transfer },
): Promise<void> {
  const isWrong = error instanceof RegistryError && error.code === 'INTEGRITY'
  if (isWrong) await store.remove('partial', nameOf(digest))
  else if (transfer.received >= smallestKeptPart) {
    await store.write('partial', nameOf(digest), transfer.bytes())
  }
}

/** One blob on its way in. */
class Transfer {
  readonly #connection: Connection
  readonly #blob: Blob
  #hash: StreamingHash
  #chunks: Uint8Array<ArrayBuffer>[] = []
  /** Whether some bytes come from another request than the last one. */
  #isPatched = false
  received = 0

  constructor(connection: Connection, blob: Blob) {
    this.#connection = connection
    this.#blob = blob
    this.#hash = connection.createHash()
  }

  bytes(): Uint8Array<ArrayBuffer> {
    const bytes = joinBytes(this.#chunks)
    this.#chunks = [bytes]
    return bytes
  }

  take(bytes: Uint8Array): void {
    this.#hash.update(bytes)
    this.#chunks.push(joinBytes([bytes]))
    this.received += bytes.length
    this.#isPatched = true
  }

  /** Ends when all bytes are there and right. Parts that do not fit together are fetched anew, once. */
  async run(): Promise<void> {
    await this.#fill()
    if (this.#isRight()) return
    if (this.#isPatched) {
      this.#restart()
      await this.#fill()
      if (this.#isRight()) return
    }
    throw new RegistryError(
      `The registry sent other bytes for ${this.#blob.digest} than the digest says.`,
      'INTEGRITY',
      { digest: this.#blob.digest },
    )
  }

  #isRight(): boolean {
    return `sha256:${this.#hash.digestHex()}` === this.#blob.digest
  }

  #restart(): void {
    this.#hash = this.#connection.createHash()
    this.#chunks = []
    this.received = 0
    this.#isPatched = false
  }

  async #fill(): Promise<void> {
    for (let resumes = this.#connection.limits.resumes; ; resumes--) {
      const before = this.received
      const failure = await this.#continue()
      if (failure === undefined) return
      if (resumes <= 0 || this.received <= before) throw failure
      this.#isPatched = true
    }
  }

  /** One request; the failure is returned when another one may go on from there. */
  async #continue(): Promise<RegistryError | undefined> {
    const { size } = this.#blob
    const request: WireRequest = {
      url: addressOf(this.#connection, `blobs/${this.#blob.digest}`),
      headers: this.received === 0 ? {} : { range: `bytes=${this.received}-` },
      redirects: 'anywhere',
      signal: this.#connection.signal,
    }
    if (this.received === size) return undefined
    const response = await this.#connection.request(request, 'pull')
    if (response.status === 416 && this.received > 0) {
      await dropBody(response)
      this.#restart()
      return this.#continue()
    }
    if (response.status !== 200 && response.status !== 206) {
      throw await refusal(this.#connection, request, response)
    }
    if (response.status === 200 || startOf(response) !== this.received) {
      if (response.status === 206) {
        await dropBody(response)
        throw rangeError(request)
      }
      this.#restart()
    }
    return this.#read(request, response)
  }

  async #read(request: WireRequest, response: Response): Promise<RegistryError | undefined> {
    const left = this.#blob.size - this.received
    const options = bodyOptions(this.#connection, describeRequest(request), left)
    try {
      for await (const chunk of bodyChunks(response, options)) {
        this.#hash.update(chunk)
        this.#chunks.push(chunk)
        this.received += chunk.length
      }
    } catch (error) {
      if (isInterruption(error)) return error
      throw error
    }
    return this.received === this.#blob.size ? undefined : shortError(request, this.#blob.size)
  }
}

/** A connection that broke, which is the one thing that going on can heal. */
function isInterruption(error: unknown): error is RegistryError {
  if (!(error instanceof RegistryError)) return false
  return (error.details as { retryable?: boolean } | undefined)?.retryable === true
}

/** @see RFC 9110, 14.4 */
function startOf(response: Response): number | undefined {
  const found = /^bytes (\d{1,15})-\d+\/(?:\d+|\*)$/.exec(
    response.headers.get('content-range') ?? '',
  )
  return found?.[1] === undefined ? undefined : Number(found[1])
}

function shortError(request: WireRequest, size: number): RegistryError {
  return new RegistryError(
    `${describeRequest(request)} ended before its ${size} bytes were there.`,
    'REGISTRY_FAILED',
  )
}

function rangeError(request: WireRequest): RegistryError {
  return new RegistryError(
    `${describeRequest(request)} was answered with another range than the one asked for.`,
    'REGISTRY_FAILED',
  )
}
