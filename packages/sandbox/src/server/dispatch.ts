import type { Engine, Principal } from '../ports.ts'
import { SandboxError } from '../protocol/errors.ts'
import type { IncomingNotification, IncomingRequest } from '../protocol/json-rpc.ts'
import type { MethodName, Methods } from '../protocol/methods.ts'
import { isMethodName, parseParams } from '../protocol/parse-params.ts'
import { cancelRequest } from './methods/cancel-request.ts'
import { describeServer, discover } from './methods/describe.ts'
import { getExecutionStatus, runExecution } from './methods/execution.ts'
import { closeSession } from './methods/session-close.ts'
import { createSession } from './methods/session-create.ts'
import { executeInSession } from './methods/session-execute.ts'
import { listSessions } from './methods/session-list.ts'
import { listLanguages } from './languages.ts'
import type { Executions } from './executions.ts'
import type { Sessions } from './sessions.ts'

/** What the server says about itself. */
export interface ServerInfo {
  readonly version: string
  readonly maxSessions: number
  readonly maxOutputBytes: number
  readonly maxMessageBytes: number
}

/** What a method may use besides its parameters. */
export interface CallContext {
  readonly sessions: Sessions
  readonly executions: Executions
  readonly engines: readonly Engine[]
  readonly info: ServerInfo
  readonly principal: Principal | undefined
  /** Aborted by cancel and by the end of the connection. */
  readonly signal: AbortSignal
  /** Sends one `session.output` of this request. */
  notifyOutput(sessionId: string, stream: 'stdout' | 'stderr', data: string): void
  /** Sends any notification, as long as the connection stands. */
  readonly notify: (method: string, params: Readonly<Record<string, unknown>>) => void
  /** Resolves when the client has read enough to be sent more. */
  readonly whenWritable: () => Promise<void>
  /** Cancels requests of the same connection by the JSON text of their id; false when there is none. */
  cancel(rawId: string): boolean
  readonly rawParams: string | undefined
  /** Milliseconds since 1970. */
  now(): number
}

type Handlers = {
  readonly [M in MethodName]: (
    params: Methods[M]['params'],
    context: CallContext,
  ) => Promise<Methods[M]['result']> | Methods[M]['result']
}

const HANDLERS: Handlers = {
  'session.create': createSession,
  'session.execute': executeInSession,
  'session.list': listSessions,
  'session.close': closeSession,
  initialize: describeServer,
  'language.list': (_params, { engines }) => ({ languages: listLanguages(engines) }),
  'rpc.discover': discover,
  'execution.run': runExecution,
  'execution.status': getExecutionStatus,
  '$/cancelRequest': cancelRequest,
}

const call = async <M extends MethodName>(
  method: M,
  item: IncomingCall,
  context: CallContext,
): Promise<unknown> => {
  const parsed = parseParams(method, item.params)
  if (parsed.ok) return HANDLERS[method](parsed.value, context)
  const { pointer, message } = parsed.fault
  throw new SandboxError(
    'INVALID_PARAMS',
    `${method}: ${pointer === '' ? 'params' : pointer} ${message}.`,
    {
      details: { pointer },
    },
  )
}

type IncomingCall = IncomingRequest | IncomingNotification

/** Finds the method and runs it; rejects with a SandboxError for everything that a client can do wrong. */
export const dispatchCall = async (item: IncomingCall, context: CallContext): Promise<unknown> => {
  if (isMethodName(item.method)) return call(item.method, item, context)
  throw new SandboxError(
    'METHOD_NOT_FOUND',
    `There is no method ${item.method.slice(0, 100)}; rpc.discover lists them.`,
  )
}
