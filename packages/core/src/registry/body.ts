import { silenceError, sizeError, throwIfAborted, toFailure } from './failure.ts'

/** How a body is read. */
export interface BodyOptions {
  /** What is read, as the subject of an error message. */
  readonly what: string
  /** Decoded bytes; one more and reading ends with `SIZE_LIMIT`. */
  readonly maxBytes: number
  /** Longest silence between two pieces. */
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

/** The pieces of a response's body. Whatever ends the loop also ends the connection. */
export async function* bodyChunks(
  response: Response,
  options: BodyOptions,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
  if (response.body === null) return
  const reader = response.body.getReader()
  let total = 0
  let isDone = false
  try {
    while (!isDone) {
      const next = await readOne(reader, options)
      isDone = next.done
      total += next.value?.length ?? 0
      if (total > options.maxBytes) throw sizeError(options.what, options.maxBytes)
      if (next.value !== undefined) yield next.value
    }
  } finally {
    if (!isDone) await reader.cancel().catch(() => undefined)
  }
}

/** The whole body. */
export async function readBody(
  response: Response,
  options: BodyOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array<ArrayBuffer>[] = []
  for await (const chunk of bodyChunks(response, options)) chunks.push(chunk)
  return joinBytes(chunks)
}

/** Pieces in a row. */
export function joinBytes(chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(chunks.reduce((total, chunk) => total + chunk.length, 0))
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.length
  }
  return bytes
}

/** Lets go of a body that nobody reads, so that its connection is free again. */
export async function dropBody(response: Response): Promise<void> {
  await response.body?.cancel().catch(() => undefined)
}

type Piece = { done: boolean; value?: Uint8Array<ArrayBuffer> | undefined }

async function readOne(
  reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>,
  { what, timeoutMs, signal }: BodyOptions,
): Promise<Piece> {
  throwIfAborted(signal, what)
  let timer: ReturnType<typeof setTimeout> | undefined
  let stop: (() => void) | undefined
  const interruption = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason as Error)
    signal.addEventListener('abort', stop, { once: true })
    timer = setTimeout(() => reject(silenceError(what, timeoutMs)), timeoutMs)
  })
  try {
    return await Promise.race([reader.read(), interruption])
  } catch (error) {
    throw toFailure(error, signal, what)
  } finally {
    clearTimeout(timer)
    if (stop !== undefined) signal.removeEventListener('abort', stop)
  }
}
