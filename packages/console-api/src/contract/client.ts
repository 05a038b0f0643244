import { ApiError, parseApiError } from './errors.ts'
import { EXECUTION_MEDIA_TYPE } from './limits.ts'
import { parseLogStreamEvent, parseServerSentEvents, type LogStreamEvent } from './log-stream.ts'
import type {
  ExecutionLog,
  FunctionActivity,
  FunctionConfig,
  FunctionSummary,
  LogsResponse,
  LogSummaries,
  LokiLogsResponse,
  PrometheusMetricsResponse,
  RuntimesResponse,
  Workspace,
} from './models.ts'
import { paths } from './paths.ts'
import type {
  CreateFunctionRequest,
  CreateWorkspaceRequest,
  DraftRunRequest,
  InvokeRequest,
  UpdateFunctionRequest,
  UpdateWorkspaceRequest,
} from './requests.ts'

/** Options of `createConsoleClient`. */
export interface ConsoleClientOptions {
  /** Where the server is, e.g. `http://localhost:8000`; empty: the page's own origin. */
  readonly baseUrl: string
  /** Default: the platform's `fetch`. */
  readonly fetch?: (input: string, init?: RequestInit) => Promise<Response>
}

/** Options that every reading call takes. */
export interface CallOptions {
  /** Ends the call; it rejects with the signal's reason. */
  readonly signal?: AbortSignal
}

/** Which executions are wanted. */
export interface LogQuery extends CallOptions {
  /** How many of the newest; the server's default when left out. */
  readonly limit?: number
}

/** Names one execution. */
export interface ExecutionRef {
  readonly workspaceId: string
  readonly functionId: string
  readonly executionId: string
}

/** Options of `streamLogs`. */
export interface LogStreamOptions extends CallOptions {
  /** Go on after this event; left out: from now on. */
  readonly lastEventId?: string
}

/** A function's own answer to an invoke. */
export interface InvokeAnswer {
  readonly status: number
  readonly headers: Headers
  readonly body: Uint8Array
  /** The id under which the execution log keeps it. */
  readonly executionId: string | null
}

/** Every method rejects with {@link ApiError}: the API's own, or `NETWORK_ERROR` / `BAD_RESPONSE`. */
export interface ConsoleClient {
  runtimes(options?: CallOptions): Promise<RuntimesResponse>
  workspaces: {
    list(options?: CallOptions): Promise<Workspace[]>
    get(workspaceId: string, options?: CallOptions): Promise<Workspace>
    create(body: CreateWorkspaceRequest): Promise<Workspace>
    update(workspaceId: string, body: UpdateWorkspaceRequest): Promise<Workspace>
    delete(workspaceId: string): Promise<void>
    logs(workspaceId: string, query?: LogQuery): Promise<LogsResponse>
    /** As `logs`, without bodies and prints. */
    logSummaries(workspaceId: string, query?: LogQuery): Promise<LogSummaries>
  }
  functions: FunctionsClient
}

/** Functions and their executions. */
export interface FunctionsClient {
  list(workspaceId: string, options?: CallOptions): Promise<FunctionConfig[]>
  /** Like `list`, without code and environment: for polling. */
  summaries(workspaceId: string, options?: CallOptions): Promise<FunctionSummary[]>
  get(workspaceId: string, functionId: string, options?: CallOptions): Promise<FunctionConfig>
  create(workspaceId: string, body: CreateFunctionRequest): Promise<FunctionConfig>
  update(
    workspaceId: string,
    functionId: string,
    body: UpdateFunctionRequest,
  ): Promise<FunctionConfig>
  delete(workspaceId: string, functionId: string): Promise<void>
  /** Runs the saved function and returns its execution; a failing function is a result, not a rejection. */
  execute(
    workspaceId: string,
    functionId: string,
    request?: InvokeRequest & CallOptions,
  ): Promise<ExecutionLog>
  /** Runs the saved function and returns its own answer, like the seed's invoke. */
  invoke(
    workspaceId: string,
    functionId: string,
    request?: InvokeRequest & CallOptions,
  ): Promise<InvokeAnswer>
  /** Runs unsaved code; neither stored nor counted. */
  draftRun(
    workspaceId: string,
    functionId: string,
    body: DraftRunRequest & CallOptions,
  ): Promise<ExecutionLog>
  logs(workspaceId: string, functionId: string, query?: LogQuery): Promise<LogsResponse>
  /** Like `logs`, without bodies and prints. */
  logSummaries(workspaceId: string, functionId: string, query?: LogQuery): Promise<LogSummaries>
  /** One stored execution. */
  log(ref: ExecutionRef, options?: CallOptions): Promise<ExecutionLog>
  /** How many of its calls wait, start and run now. */
  activity(
    workspaceId: string,
    functionId: string,
    options?: CallOptions,
  ): Promise<FunctionActivity>
  /** Live executions and lines until the signal ends it or the connection does; resume with the last id. */
  streamLogs(
    workspaceId: string,
    functionId: string,
    options?: LogStreamOptions,
  ): AsyncGenerator<LogStreamEvent>
  lokiLogs(functionId: string, query?: LogQuery): Promise<LokiLogsResponse>
  metrics(functionId: string, options?: CallOptions): Promise<PrometheusMetricsResponse>
}

interface Call {
  readonly method?: string
  readonly body?: unknown
  readonly headers?: Record<string, string>
  readonly signal?: AbortSignal | undefined
}

type Send = (path: string, call?: Call) => Promise<Response>

/** A typed client for this API. Browser and Node; no dependencies. */
export function createConsoleClient(options: ConsoleClientOptions): ConsoleClient {
  const send = createSend(options)
  return {
    runtimes: (call) => json(send(paths.runtimes(), call)),
    workspaces: {
      list: (call) => json(send(paths.workspaces(), call)),
      get: (id, call) => json(send(paths.workspace(id), call)),
      create: (body) => json(send(paths.workspaces(), { method: 'POST', body })),
      update: (id, body) => json(send(paths.workspace(id), { method: 'PATCH', body })),
      delete: (id) => nothing(send(paths.workspace(id), { method: 'DELETE' })),
      logs: (id, query) => json(send(withQuery(paths.workspaceLogs(id), query), query)),
      logSummaries: (id, query) =>
        json(send(withQuery(paths.workspaceLogs(id), query, 'summary'), query)),
    },
    functions: createFunctionsClient(send),
  }
}

function createFunctionsClient(send: Send): FunctionsClient {
  return {
    list: (ws, call) => json(send(paths.functions(ws), call)),
    summaries: (ws, call) => json(send(withQuery(paths.functions(ws), {}, 'summary'), call)),
    get: (ws, id, call) => json(send(paths.function(ws, id), call)),
    create: (ws, body) => json(send(paths.functions(ws), { method: 'POST', body })),
    update: (ws, id, body) => json(send(paths.function(ws, id), { method: 'PATCH', body })),
    delete: (ws, id) => nothing(send(paths.function(ws, id), { method: 'DELETE' })),
    execute: (ws, id, request) =>
      json(sendInvoke(send, paths.invoke(ws, id), { ...request, accept: EXECUTION_MEDIA_TYPE })),
    invoke: async (ws, id, request) => {
      const response = await sendInvoke(send, paths.invoke(ws, id), { ...request, accept: '*/*' })
      const body = new Uint8Array(await response.arrayBuffer())
      return {
        status: response.status,
        headers: response.headers,
        body,
        executionId: response.headers.get('x-execution-id'),
      }
    },
    draftRun: (ws, id, { signal, ...body }) =>
      json(send(paths.draftRun(ws, id), { method: 'POST', body, signal })),
    logs: (ws, id, query) => json(send(withQuery(paths.functionLogs(ws, id), query), query)),
    logSummaries: (ws, id, query) =>
      json(send(withQuery(paths.functionLogs(ws, id), query, 'summary'), query)),
    log: ({ workspaceId, functionId, executionId }, call) =>
      json(send(paths.functionLog(workspaceId, functionId, executionId), call)),
    activity: (ws, id, call) => json(send(paths.activity(ws, id), call)),
    streamLogs: (ws, id, stream) => readLogStream(send, paths.logStream(ws, id), stream),
    lokiLogs: (id, query) => json(send(withQuery(paths.lokiLogs(id), query), query)),
    metrics: (id, call) => json(send(paths.metrics(id), call)),
  }
}

function createSend(options: ConsoleClientOptions): Send {
  const base = options.baseUrl.replace(/\/+$/, '')
  const fetch =
    options.fetch ?? ((input: string, init?: RequestInit) => globalThis.fetch(input, init))
  return async (path, call = {}) => {
    const init: RequestInit = { method: call.method ?? 'GET', headers: { ...call.headers } }
    if (call.signal !== undefined) init.signal = call.signal
    if (call.body !== undefined) Object.assign(init, encodeBody(call.body, call.headers ?? {}))
    const response = await fetch(base + path, init).catch((cause: unknown) => {
      if (call.signal?.aborted === true) throw call.signal.reason
      throw new ApiError({
        code: 'NETWORK_ERROR',
        message: `${base || 'the server'} could not be reached`,
        status: 0,
        cause,
      })
    })
    if (response.ok || response.headers.has('x-function-status')) return response
    throw parseApiError(response.status, await response.json().catch(() => null))
  }
}

function encodeBody(
  body: unknown,
  headers: Record<string, string>,
): { body: string | Uint8Array<ArrayBuffer>; headers: Record<string, string> } {
  if (typeof body === 'string' || body instanceof Uint8Array)
    return { body: typeof body === 'string' ? body : new Uint8Array(body), headers }
  return { body: JSON.stringify(body), headers: { 'content-type': 'application/json', ...headers } }
}

function sendInvoke(
  send: Send,
  path: string,
  request: InvokeRequest & CallOptions & { accept: string },
): Promise<Response> {
  const query = new URLSearchParams()
  if (request.method !== undefined) query.set('method', request.method)
  if (request.path !== undefined) query.set('path', request.path)
  const suffix = query.size === 0 ? '' : `?${query.toString()}`
  const headers = { ...request.headers, accept: request.accept }
  return send(path + suffix, {
    method: 'POST',
    body: request.body,
    headers,
    signal: request.signal,
  })
}

async function* readLogStream(
  send: Send,
  path: string,
  options: LogStreamOptions = {},
): AsyncGenerator<LogStreamEvent> {
  const headers: Record<string, string> = { accept: 'text/event-stream' }
  if (options.lastEventId !== undefined) headers['last-event-id'] = options.lastEventId
  const response = await send(path, { headers, signal: options.signal })
  if (response.body === null) return
  for await (const event of parseServerSentEvents(response.body)) {
    const parsed = parseLogStreamEvent(event)
    if (parsed !== null) yield parsed
  }
}

function withQuery(path: string, query: LogQuery = {}, view?: 'summary'): string {
  const search = new URLSearchParams()
  if (query.limit !== undefined) search.set('limit', String(query.limit))
  if (view !== undefined) search.set('view', view)
  return search.size === 0 ? path : `${path}?${search.toString()}`
}

async function json<Body>(pending: Promise<Response>): Promise<Body> {
  const response = await pending
  const body: unknown = await response.json().catch((cause: unknown) => {
    throw new ApiError({
      code: 'BAD_RESPONSE',
      message: 'the server did not answer with JSON',
      status: response.status,
      cause,
    })
  })
  return body as Body
}

async function nothing(pending: Promise<Response>): Promise<void> {
  await (await pending).body?.cancel()
}
