import type {
  InitializeResult,
  LanguageItem,
  SessionCreateParams,
  SessionListItem,
} from '../protocol/methods.ts'
import { openCalls, type Calls } from './calls.ts'
import { createSessionHandle, type SandboxSession } from './session.ts'
import { dialWebSocket, type ClientTransport, type DialOptions } from './transport.ts'

/** Options of `connectSandbox`. */
export interface ConnectOptions extends DialOptions {
  /** Longest wait for an answer, milliseconds; commands have their own `timeoutMs` instead. Default 30,000. */
  readonly answerTimeoutMs?: number
}

/** A connection to a sandbox server. Nothing reconnects by itself: connect again and `openSession` by id. */
export interface SandboxClient {
  /** Starts a session. Rejects with LANGUAGE_UNAVAILABLE, CAPACITY and the like. */
  createSession(params: SessionCreateParams): Promise<SandboxSession>
  /** Opens a session that exists, e.g. from before a reconnect. Rejects with SESSION_NOT_FOUND. */
  openSession(sessionId: string): Promise<SandboxSession>
  listSessions(): Promise<readonly SessionListItem[]>
  listLanguages(): Promise<readonly LanguageItem[]>
  initialize(): Promise<InitializeResult>
  /** Calls any method. */
  readonly call: Calls['call']
  /** Ends the connection, not the sessions. */
  close(): void
  /** Resolves when the connection has ended. */
  readonly closed: Calls['closed']
}

const DEFAULT_ANSWER_TIMEOUT_MS = 30_000

/** Creates a client over an open connection, whatever its transport. */
export const createSandboxClient = (
  transport: ClientTransport,
  options: Pick<ConnectOptions, 'answerTimeoutMs'> = {},
): SandboxClient => {
  const calls = openCalls(transport)
  const deadline = { timeoutMs: options.answerTimeoutMs ?? DEFAULT_ANSWER_TIMEOUT_MS }
  const listSessions: SandboxClient['listSessions'] = async () =>
    (await calls.call('session.list', {}, deadline)).sessions
  return {
    createSession: async (params) =>
      createSessionHandle(calls, await calls.call('session.create', params, deadline)),
    openSession: async (sessionId) => {
      const found = (await listSessions()).find((session) => session.sessionId === sessionId)
      // The server knows why a session is not in the list.
      if (!found)
        await calls.call(
          'session.execute',
          { sessionId, command: { type: 'list_directory' } },
          deadline,
        )
      return createSessionHandle(calls, { sessionId, language: found?.language ?? '' })
    },
    listSessions,
    listLanguages: async () => (await calls.call('language.list', {}, deadline)).languages,
    initialize: () => calls.call('initialize', {}, deadline),
    call: (method, params, callOptions) => calls.call(method, params, callOptions),
    close: () => calls.close(),
    closed: calls.closed,
  }
}

/**
 * Connects to a sandbox server, e.g. `ws://127.0.0.1:5000/ws/jsonrpc`. Works in browsers and in Node 22 and later.
 * Rejects with CONNECT_FAILED.
 */
export const connectSandbox = async (
  url: string,
  options: ConnectOptions = {},
): Promise<SandboxClient> => createSandboxClient(await dialWebSocket(url, options), options)
