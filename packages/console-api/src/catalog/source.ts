import { createHash } from 'node:crypto'
import { LIMITS } from '../contract/index.ts'
import { ConsoleApiError, invalid } from '../errors.ts'
import type { Objects } from '../storage/objects.ts'

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

export interface Source {
  readonly bytes: Uint8Array
  readonly text: string
}

/** Strict Base64 of UTF-8 to source; VALIDATION_ERROR on `code` for anything else, or for more than 1 MB. */
export function parseSource(code: string): Source {
  if (!BASE64.test(code))
    throw invalid('code', 'code must be Base64 (RFC 4648, with padding, no line breaks)')
  const bytes = new Uint8Array(Buffer.from(code, 'base64'))
  if (Buffer.from(bytes).toString('base64') !== code)
    throw invalid('code', 'code is Base64 with stray bits at its end')
  if (bytes.length > LIMITS.codeBytes) {
    throw invalid(
      'code',
      `code is ${bytes.length} bytes, at most ${LIMITS.codeBytes} are possible`,
      { limitBytes: LIMITS.codeBytes },
    )
  }
  return { bytes, text: decodeUtf8(bytes) }
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw invalid('code', 'code must be UTF-8 text once the Base64 is decoded')
  }
}

/** Where a function's source lies; the same text twice is one object. */
export function sourceKey(functionId: string, bytes: Uint8Array): string {
  return `code/${functionId}/${createHash('sha256').update(bytes).digest('hex')}`
}

/** Reads source back and checks it against the hash in its key; null when it is not there. */
export async function readSource(objects: Objects, key: string): Promise<Uint8Array | null> {
  const bytes = await objects.get(key)
  if (bytes === null) return null
  if (createHash('sha256').update(bytes).digest('hex') !== key.split('/').at(-1)) {
    throw new ConsoleApiError(
      'READ_ERROR',
      `the stored source ${key} is damaged: save the function's code again`,
    )
  }
  return bytes
}
