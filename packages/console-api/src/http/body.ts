import { ConsoleApiError, invalid } from '../errors.ts'

/** Reads a body of at most `limitBytes`, counted while it comes in; null when there is none. PAYLOAD_TOO_LARGE beyond. */
export async function readBody(request: Request, limitBytes: number): Promise<Uint8Array | null> {
  if (Number(request.headers.get('content-length') ?? 0) > limitBytes) throw tooLarge(limitBytes)
  if (request.body === null) return null
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of request.body) {
    size += chunk.length
    if (size > limitBytes) throw tooLarge(limitBytes)
    chunks.push(chunk)
  }
  return size === 0 ? null : new Uint8Array(Buffer.concat(chunks))
}

/** Reads a JSON body: UNSUPPORTED_MEDIA_TYPE for another type, VALIDATION_ERROR for what does not parse. */
export async function readJson(request: Request, limitBytes: number): Promise<unknown> {
  const type = request.headers.get('content-type')?.split(';', 1)[0]?.trim().toLowerCase() ?? ''
  if (type !== 'application/json') {
    throw new ConsoleApiError('UNSUPPORTED_MEDIA_TYPE', 'the body must be application/json', {
      details: { contentType: type },
    })
  }
  const bytes = await readBody(request, limitBytes)
  if (bytes === null) throw invalid('body', 'the body is empty; send a JSON object')
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    throw invalid('body', 'the body is not JSON')
  }
}

function tooLarge(limitBytes: number): ConsoleApiError {
  return new ConsoleApiError('PAYLOAD_TOO_LARGE', `the body is larger than ${limitBytes} bytes`, {
    details: { limitBytes },
  })
}
