import { ERROR_NUMBERS, type ErrorCode } from './errors.ts'
import type { RawId } from './json-rpc.ts'

/** JSON text of an answer with a result. `undefined` results become null, since the member must be there. */
export const formatResult = (id: RawId, result: unknown): string =>
  `{"jsonrpc":"2.0","id":${id},"result":${JSON.stringify(result ?? null)}}`

/** JSON text of an answer with an error; `data.code` repeats the code by name. */
export const formatError = (
  id: RawId,
  error: {
    readonly code: ErrorCode
    readonly message: string
    readonly details?: Readonly<Record<string, unknown>>
  },
): string => {
  const body = {
    code: ERROR_NUMBERS[error.code],
    message: error.message,
    data: { ...error.details, code: error.code },
  }
  return `{"jsonrpc":"2.0","id":${id},"error":${JSON.stringify(body)}}`
}

/** JSON text of a notification. */
export const formatNotification = (
  method: string,
  params: Readonly<Record<string, unknown>>,
): string => JSON.stringify({ jsonrpc: '2.0', method, params })

/** JSON text of a request. */
export const formatRequest = (id: number, method: string, params: unknown): string =>
  JSON.stringify({ jsonrpc: '2.0', id, method, ...(params === undefined ? {} : { params }) })

/** JSON text of a batch of answers; undefined when nothing is to be answered. */
export const formatBatch = (answers: readonly string[]): string | undefined =>
  answers.length === 0 ? undefined : `[${answers.join(',')}]`

/** JSON text of a `session.output` notification; the request's id stands in it as it was written. */
export const formatOutput = (
  requestId: RawId,
  params: {
    readonly sessionId: string
    readonly stream: string
    readonly seq: number
    readonly data: string
  },
): string =>
  `{"jsonrpc":"2.0","method":"session.output","params":{"requestId":${requestId},${JSON.stringify(params).slice(1)}}`
