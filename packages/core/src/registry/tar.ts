import { RegistryError } from '../errors.ts'
import { shown } from './digest.ts'

const blockBytes = 512
const longestHeaderData = 64 * 1024
const decoder = new TextDecoder('utf-8')

/** What reading an archive may cost. */
export interface ArchiveLimits {
  /** Bytes of the archive once unpacked. */
  readonly maxArchiveBytes: number
  /** Bytes of the wanted file. */
  readonly maxFileBytes: number
}

/**
 * The one regular file at `path` in a tar stream, nothing else of which is kept. Links are not followed.
 *
 * Throws `RegistryError`: `NOT_FOUND`, `SIZE_LIMIT`, or `INTEGRITY` if it is not a tar archive or contains the path twice.
 *
 * @see POSIX.1-2001 pax and ustar formats
 */
export async function readTarFile(
  chunks: AsyncIterable<Uint8Array>,
  path: string,
  limits: ArchiveLimits,
): Promise<Uint8Array<ArrayBuffer>> {
  const source = new BlockSource(chunks, limits.maxArchiveBytes)
  try {
    return await findFile(source, path, limits)
  } finally {
    await source.close()
  }
}

async function findFile(
  source: BlockSource,
  path: string,
  limits: ArchiveLimits,
): Promise<Uint8Array<ArrayBuffer>> {
  let found: Uint8Array<ArrayBuffer> | undefined
  let longName: string | undefined
  let pax: ReadonlyMap<string, string> = new Map()
  for (
    let header = await nextHeader(source);
    header !== undefined;
    header = await nextHeader(source)
  ) {
    if (header.type === 'L' || header.type === 'x') {
      const data = await source.take(header.size, longestHeaderData)
      if (header.type === 'L') longName = text(data, 0, data.length)
      else pax = parsePax(data)
      await source.skip(paddingOf(header.size))
      continue
    }
    const size = sizeOf(pax.get('size'), header.size)
    const name = pax.get('path') ?? longName ?? header.name
    const isWanted = isRegular(header.type) && withoutDot(name) === path
    if (isWanted && found !== undefined) malformed(`${shown(path)} is in it twice`)
    if (isWanted) found = await source.take(size, limits.maxFileBytes)
    else await source.skip(size)
    await source.skip(paddingOf(size))
    longName = undefined
    pax = new Map()
  }
  if (found !== undefined) return found
  throw new RegistryError(`The archive holds no file ${shown(path)}.`, 'NOT_FOUND')
}

interface TarHeader {
  readonly name: string
  readonly size: number
  /** One character; `0` or NUL for a regular file. */
  readonly type: string
}

async function nextHeader(source: BlockSource): Promise<TarHeader | undefined> {
  const block = await source.block()
  if (block === undefined || block.every((byte) => byte === 0)) return undefined
  return parseHeader(block)
}

function parseHeader(block: Uint8Array): TarHeader {
  const sum = block.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 32 : byte), 0)
  if (octal(block, 148, 8) !== sum) malformed('a header has the wrong checksum')
  const prefix = text(block, 257, 5) === 'ustar' && block[263] === 0x30 ? text(block, 345, 155) : ''
  const name = text(block, 0, 100)
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    size: octal(block, 124, 12),
    type: String.fromCharCode(block[156] ?? 0),
  }
}

function isRegular(type: string): boolean {
  return type === '0' || type === '\0' || type === '7'
}

function withoutDot(name: string): string {
  return name.startsWith('./') ? name.slice(2) : name
}

function text(block: Uint8Array, from: number, length: number): string {
  const bytes = block.subarray(from, from + length)
  const end = bytes.indexOf(0)
  return decoder.decode(end === -1 ? bytes : bytes.subarray(0, end))
}

function octal(block: Uint8Array, from: number, length: number): number {
  const digits = text(block, from, length).trim()
  return /^[0-7]{1,12}$/.test(digits)
    ? Number.parseInt(digits, 8)
    : malformed('a number in it is none')
}

function sizeOf(written: string | undefined, otherwise: number): number {
  if (written === undefined) return otherwise
  return /^\d{1,15}$/.test(written) ? Number(written) : malformed('a size in it is none')
}

/** Records of the form `length key=value\n`, where the length counts the whole record. */
function parsePax(data: Uint8Array): ReadonlyMap<string, string> {
  const records = new Map<string, string>()
  let at = 0
  while (at < data.length) {
    const blank = data.indexOf(0x20, at)
    const length = blank === -1 ? Number.NaN : Number(text(data, at, blank - at))
    const end = at + length
    const isWhole = Number.isSafeInteger(length) && end > blank + 1 && end <= data.length
    if (!isWhole || data[end - 1] !== 0x0a) return malformed('a pax record is cut')
    const record = decoder.decode(data.subarray(blank + 1, end - 1))
    const equals = record.indexOf('=')
    if (equals < 1) return malformed('a pax record has no key')
    records.set(record.slice(0, equals), record.slice(equals + 1))
    at = end
  }
  return records
}

function paddingOf(size: number): number {
  return (blockBytes - (size % blockBytes)) % blockBytes
}

/** Hands out exact numbers of bytes of a stream and counts all of them. */
class BlockSource {
  readonly #chunks: AsyncIterator<Uint8Array>
  readonly #maxBytes: number
  #rest: Uint8Array = new Uint8Array()
  #seen = 0

  constructor(chunks: AsyncIterable<Uint8Array>, maxBytes: number) {
    this.#chunks = chunks[Symbol.asyncIterator]()
    this.#maxBytes = maxBytes
  }

  /** Lets go of the stream, read to its end or not. */
  async close(): Promise<void> {
    await this.#chunks.return?.()
  }

  /** The next block; `undefined` when the stream ended before it. */
  async block(): Promise<Uint8Array | undefined> {
    if (this.#rest.length === 0 && !(await this.#more())) return undefined
    return this.take(blockBytes, blockBytes)
  }

  async take(size: number, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
    if (size > maxBytes) throw tooLarge(`a file of ${size} bytes`, maxBytes)
    const bytes = new Uint8Array(size)
    let filled = 0
    await this.#each(size, (piece) => {
      bytes.set(piece, filled)
      filled += piece.length
    })
    return bytes
  }

  async skip(size: number): Promise<void> {
    await this.#each(size, () => undefined)
  }

  async #each(size: number, use: (piece: Uint8Array) => void): Promise<void> {
    let left = size
    while (left > 0) {
      if (this.#rest.length === 0 && !(await this.#more())) malformed('it ends too early')
      const piece = this.#rest.subarray(0, left)
      this.#rest = this.#rest.subarray(piece.length)
      left -= piece.length
      use(piece)
    }
  }

  async #more(): Promise<boolean> {
    while (this.#rest.length === 0) {
      const next = await this.#chunks.next()
      if (next.done === true) return false
      this.#rest = next.value
      this.#seen += next.value.length
      if (this.#seen > this.#maxBytes) throw tooLarge('the archive', this.#maxBytes)
    }
    return true
  }
}

function tooLarge(what: string, maxBytes: number): RegistryError {
  return new RegistryError(
    `The archive was not read because ${what} is larger than ${maxBytes} bytes.`,
    'SIZE_LIMIT',
    { maxBytes },
  )
}

function malformed(why: string): never {
  throw new RegistryError(`The package is no readable tar archive: ${why}.`, 'INTEGRITY')
}
