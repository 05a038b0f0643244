import { encodeHeaded, ProtocolError } from '../../process/frames.ts'
import type { InvokeRequest, LoadRequest } from '../../process/messages.ts'
import type { FunctionAnswer } from '../guest.ts'
import type { PythonWork } from './interpreter.ts'
import { defaultEnvironment } from './run.ts'

const encoder = new TextEncoder()
const decoder = new TextDecoder()
const work = (items: readonly (string | Uint8Array)[]): PythonWork => ({
  message: items.map((item) => (typeof item === 'string' ? encoder.encode(item) : item)),
  stdin: new Uint8Array(),
  isProgram: false,
})

/** The message that makes a waiting interpreter load a function. */
export function toLoadWork({ code, environment }: LoadRequest): PythonWork {
  return work([
    'function',
    code,
    ...Object.entries({ ...defaultEnvironment, ...environment }).flat(),
  ])
}

/** The message that makes a loaded function answer one request. */
export function toInvokeWork(request: InvokeRequest, body: Uint8Array): PythonWork {
  const { method, path, headers, hasBody } = request
  return work(['invoke', method, path, hasBody ? '1' : '', body, ...Object.entries(headers).flat()])
}

/** Reads what the serving script sends; undefined says that the function is loaded. */
export function parseFunctionAnswer(items: readonly Uint8Array[]): FunctionAnswer | undefined {
  const [kind, second, third, ...rest] = items
  const name = decoder.decode(kind)
  if (name === 'loaded') return undefined
  if (name === 'error') {
    const limit = decoder.decode(second)
    const message = decoder.decode(third)
    return limit === 'memory' || limit === 'disk' || limit === 'inodes' || limit === 'output'
      ? { ok: false, limit, message }
      : { ok: false, message }
  }
  if (name !== 'ok' || third === undefined) throw new ProtocolError('the function sent no answer')
  const headers: Record<string, string> = {}
  for (let at = 0; at + 1 < rest.length; at += 2)
    Object.defineProperty(headers, decoder.decode(rest[at]), {
      value: decoder.decode(rest[at + 1]),
      enumerable: true,
      configurable: true,
    })
  return { ok: true, status: Number(decoder.decode(second)), headers, body: third }
}

/** The answer as the payload of a response frame. */
export function encodeAnswer(
  answer: FunctionAnswer,
  usage: { cpuMs: number; memoryBytes: number },
): Uint8Array {
  if (!answer.ok) return encodeHeaded({ ...answer, ...usage })
  const { body, ...head } = answer
  return encodeHeaded({ ...head, ...usage }, body)
}
