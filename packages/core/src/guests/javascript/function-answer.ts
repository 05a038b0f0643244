import type { FunctionAnswer } from '../guest.ts'
import {
  bytesArgument,
  numberArgument,
  Refusal,
  textArgument,
  type HostOperation,
} from './bridge.ts'

/** Largest body of an answer, bytes. */
const maxBodyBytes = 8 * 1_048_576
const maxHeaders = 200
const headerName = /^[!#$%&'*+.^_`|~\dA-Za-z-]{1,256}$/
// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const badValue = /[\u0000-\u0008\u000a-\u001f\u007f]/

const toHeaders = (text: string): Record<string, string> => {
  const list: unknown = JSON.parse(text)
  if (!Array.isArray(list) || list.length > maxHeaders)
    throw new Refusal('ERR_INVALID_ARG_VALUE', 'the answer has too many headers')
  // A header named __proto__ is a name like any other.
  const headers: Record<string, string> = Object.create(null)
  for (const entry of list) {
    const [name, value]: unknown[] = Array.isArray(entry) ? entry : []
    if (typeof name !== 'string' || !headerName.test(name))
      throw new Refusal('ERR_INVALID_HTTP_TOKEN', 'a header of the answer has an invalid name')
    if (typeof value !== 'string' || badValue.test(value))
      throw new Refusal('ERR_INVALID_CHAR', `the header ${name} of the answer has an invalid value`)
    const key = name.toLowerCase()
    headers[key] = headers[key] === undefined ? value : `${headers[key]}, ${value}`
  }
  return headers
}

const parseHeaders = (text: string): Record<string, string> => {
  try {
    return toHeaders(text)
  } catch (error) {
    if (error instanceof Refusal) throw error
    throw new Refusal('ERR_INVALID_ARG_VALUE', 'the headers of the answer cannot be read')
  }
}

/** Reads the arguments of `function.answer`. */
export const parseAnswer: (args: Parameters<HostOperation>[0]) => FunctionAnswer = ([
  status,
  headers,
  body,
]) => {
  const code = numberArgument(status)
  if (!Number.isInteger(code) || code < 200 || code > 599)
    throw new Refusal(
      'ERR_HTTP_INVALID_STATUS_CODE',
      `the answer has the status ${code}; it must be 200 to 599`,
    )
  const bytes = bytesArgument(body)
  if (bytes.length > maxBodyBytes)
    throw new Refusal(
      'ERR_OUT_OF_RANGE',
      `the answer has ${bytes.length} bytes; at most ${maxBodyBytes} are allowed`,
    )
  return { ok: true, status: code, headers: parseHeaders(textArgument(headers)), body: bytes }
}
