import { codeOfNumber, SandboxError } from '../protocol/errors.ts'
import { formatNotification, formatRequest } from '../protocol/format.ts'
import type { ServerMessage, WireError } from '../protocol/json-rpc.ts'
import type { MethodName, Methods, SessionOutputParams } from '../protocol/methods.ts'
import { parseServerMessages } from '../protocol/parse.ts'
import type { ClientTransport } from './transport.ts'

/** Options of one call. */
export interface CallOptions {
  /** Abort cancels the request at the server; the call rejects with CANCELLED at once. */
  readonly signal?: AbortSignal
  /** Takes the request's `session.output` notifications. */
  readonly onOutput?: (output: SessionOutputParams) => void
  /** Rejects with TIMEOUT when no answer came, milliseconds. Default: no deadline. */
  readonly timeoutMs?: number
}

/** Requests over one connection, matched with their answers. */
export interface Calls {
  /** Rejects with the server's error by its code, or CONNECTION_CLOSED, CANCELLED, TIMEOUT. */
  call<M extends MethodName>(
    method: M,
    params: Methods[M]['params'],
    options?: CallOptions,
  ): Promise<Methods[M]['result']>
  close(): void
  /** Resolves when the connection has ended, with the close code and reason. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>
}

interface Pending {
  readonly resolve: (result: unknown) => void
  readonly reject: (error: SandboxError) => void
  readonly onOutput: CallOptions['onOutput']
}

const toError = ({ code, message, data }: WireError): SandboxError => {
  const known = codeOfNumber(code)
  if (known) return new SandboxError(known, message, { details: data ?? {} })
  return new SandboxError(
    'BAD_ANSWER',
    `The server answered with the unknown error ${code}: ${message}`,
  )
}

const isOutput = (params: unknown): params is SessionOutputParams =>
  typeof params === 'object' && params !== null && 'requestId' in params && 'data' in params

const onMessage = (pending: Map<number, Pending>, message: ServerMessage): void => {
  if (message.kind === 'notification') {
    const { params } = message
    if (message.method === 'session.output' && isOutput(params))
      pending.get(Number(params.requestId))?.onOutput?.(params)
    return
  }
  const entry = pending.get(Number(message.id))
  pending.delete(Number(message.id))
  if (message.kind === 'result') entry?.resolve(message.result)
  else entry?.reject(toError(message.error))
}

interface Book {
  readonly transport: ClientTransport
  readonly pending: Map<number, Pending>
  ended: SandboxError | undefined
}

const failAll = (book: Book, error: SandboxError): void => {
  book.ended ??= error
  for (const { reject } of book.pending.values()) reject(error)
  book.pending.clear()
}

/** Gives a call up: the server is told, its answer will be ignored. */
const giveUp = (book: Book, id: number, error: SandboxError): void => {
  const entry = book.pending.get(id)
  if (!entry) return
  book.pending.delete(id)
  book.transport.send(formatNotification('$/cancelRequest', { id }))
  entry.reject(error)
}

const toCancelled = (signal: AbortSignal): SandboxError =>
  new SandboxError('CANCELLED', 'The call was aborted.', { cause: signal.reason })

const watch = (book: Book, id: number, options: CallOptions): (() => void) => {
  const { signal, timeoutMs } = options
  const onAbort = (): void => {
    if (signal) giveUp(book, id, toCancelled(signal))
  }
  signal?.addEventListener('abort', onAbort, { once: true })
  const timer =
    timeoutMs === undefined
      ? undefined
      : setTimeout(
          () => giveUp(book, id, new SandboxError('TIMEOUT', `No answer within ${timeoutMs} ms.`)),
          timeoutMs,
        )
  return () => {
    signal?.removeEventListener('abort', onAbort)
    clearTimeout(timer)
  }
}

/** Takes over a connection that stands. */
export const openCalls = (transport: ClientTransport): Calls => {
  const book: Book = { transport, pending: new Map(), ended: undefined }
  let nextId = 1
  const closed = new Promise<{ readonly code: number; readonly reason: string }>((resolve) => {
    transport.listen({
      onText: (text) => {
        const messages = parseServerMessages(text)
        if (messages) for (const message of messages) onMessage(book.pending, message)
        else {
          failAll(
            book,
            new SandboxError('BAD_ANSWER', 'The server sent something that is not JSON-RPC 2.0.'),
          )
          transport.close()
        }
      },
      onClose: (code, reason) => {
        const why = reason === '' ? `code ${code}` : `${reason} (code ${code})`
        failAll(
          book,
          new SandboxError('CONNECTION_CLOSED', `The connection ended: ${why}.`, {
            details: { code, reason },
          }),
        )
        resolve({ code, reason })
      },
    })
  })

  const call = <M extends MethodName>(
    method: M,
    params: Methods[M]['params'],
    options: CallOptions = {},
  ): Promise<Methods[M]['result']> => {
    if (book.ended) return Promise.reject(book.ended)
    if (options.signal?.aborted === true) return Promise.reject(toCancelled(options.signal))
    const id = nextId++
    const answered = new Promise<unknown>((resolve, reject) => {
      book.pending.set(id, { resolve, reject, onOutput: options.onOutput })
    })
    const stopWatching = watch(book, id, options)
    transport.send(formatRequest(id, method, params))
    return answered.finally(stopWatching) as Promise<Methods[M]['result']>
  }

  return { call, close: () => transport.close(), closed }
}
