import { parseSource } from '../catalog/source.ts'
import type { Functions } from '../catalog/functions.ts'
import {
  EXECUTION_MEDIA_TYPE,
  HTTP_METHODS,
  LIMITS,
  type DraftRequest,
  type HttpMethod,
} from '../contract/index.ts'
import { invalid } from '../errors.ts'
import { execute, executeDraft, type ExecuteParts } from '../executions/execute.ts'
import { toExecutionLog } from '../executions/view.ts'
import type { FunctionRequest } from '../ports.ts'
import type { FunctionRow } from '../storage/tables.ts'
import { readBody, readJson } from './body.ts'
import { functionPath, MAX_JSON_BYTES } from './catalog-routes.ts'
import { toFunctionAnswer, toFunctionHeaders } from './function-answer.ts'
import { readView, toJson, type Route, type RouteCall } from './route.ts'
import { draftRunBody } from './schemas.ts'

export interface ExecutionRouteParts extends ExecuteParts {
  readonly functions: Functions
  readonly maxRequestBytes: number
}

export function createExecutionRoutes(parts: ExecutionRouteParts): Route[] {
  const one = '/api/workspaces/{workspaceId}/functions/{functionId}'
  return [
    {
      method: 'POST',
      path: `${one}/invoke`,
      summary: `Runs the function and answers with its own answer, or with its execution on Accept: ${EXECUTION_MEDIA_TYPE} or ?view=log`,
      view: 'log',
      answer: { status: 200, description: "The function's own status, headers and body" },
      errors: [
        'VALIDATION_ERROR',
        'NOT_FOUND',
        'METHOD_NOT_ALLOWED',
        'FUNCTION_DISABLED',
        'PAYLOAD_TOO_LARGE',
        'BUSY',
        'EXECUTION_ERROR',
        'MEMORY_LIMIT',
        'CPU_LIMIT',
        'OUTPUT_LIMIT',
        'INVOCATION_ERROR',
        'TIMEOUT',
      ],
      failure: 'EXECUTION_ERROR',
      handle: (call) => invoke(parts, call),
    },
    {
      method: 'POST',
      path: `${one}/draft-run`,
      summary: 'Runs unsaved code with the settings of the function; neither kept nor counted',
      body: draftRunBody.schema,
      answer: {
        status: 200,
        description: 'The execution, also when the code failed',
        schema: 'ExecutionLog',
      },
      errors: [
        'VALIDATION_ERROR',
        'NOT_FOUND',
        'UNSUPPORTED_MEDIA_TYPE',
        'PAYLOAD_TOO_LARGE',
        'BUSY',
        'INVOCATION_ERROR',
      ],
      failure: 'EXECUTION_ERROR',
      handle: (call) => draftRun(parts, call),
    },
  ]
}

async function invoke(
  parts: ExecutionRouteParts,
  { request, url, param }: RouteCall,
): Promise<Response> {
  const row = await parts.functions.find(functionPath(param))
  const call = {
    row,
    signal: request.signal,
    request: {
      method: readMethod(url, row),
      path: readPath(url.searchParams.get('path') ?? '/', 'path'),
      // The credentials of the console's own calls are not the function's.
      headers: toFunctionHeaders(request.headers, ['authorization', 'if-match']),
      body: await readBody(request, parts.maxRequestBytes),
    },
  }
  const execution = await execute(parts, call, 'invoke')
  if (!wantsLog(request, url)) return toFunctionAnswer(execution)
  const headers = { 'content-type': EXECUTION_MEDIA_TYPE, 'x-execution-id': execution.record.id }
  return new Response(JSON.stringify(toExecutionLog(execution.record)), { headers })
}

function wantsLog(request: Request, url: URL): boolean {
  return (
    readView(url, 'log') || request.headers.get('accept')?.includes(EXECUTION_MEDIA_TYPE) === true
  )
}

/** The asked method, else POST as in the seed, else the first that the function takes. */
function readMethod(url: URL, row: FunctionRow): string {
  const asked = url.searchParams.get('method')
  if (asked === null)
    return row.httpMethods.includes('POST') ? 'POST' : (row.httpMethods[0] ?? 'POST')
  if (HTTP_METHODS.includes(asked as HttpMethod)) return asked
  throw invalid('method', `method must be one of ${HTTP_METHODS.join(', ')}`)
}

function readPath(path: string, field: string): string {
  if (path.startsWith('/') && !/[\s\p{Cc}#]/u.test(path)) return path
  throw invalid(
    field,
    `${field} must begin with \`/\` and have no spaces, control characters or \`#\``,
  )
}

async function draftRun(
  parts: ExecutionRouteParts,
  { request, param }: RouteCall,
): Promise<Response> {
  const row = await parts.functions.find(functionPath(param))
  // The test request may be as large as a real one.
  const body = draftRunBody.parse(await readJson(request, MAX_JSON_BYTES + parts.maxRequestBytes))
  const source = parseSource(body.code)
  const call = { row, signal: request.signal, request: toDraftRequest(body.request ?? {}, row) }
  const { record } = await executeDraft(parts, call, source)
  return toJson(toExecutionLog(record))
}

function toDraftRequest(draft: DraftRequest, row: FunctionRow): FunctionRequest {
  const headers = readHeaders(draft.headers ?? {})
  return {
    method: draft.method ?? row.httpMethods[0] ?? 'POST',
    path: readPath(draft.path ?? '/', 'request.path'),
    headers: toFunctionHeaders(headers),
    body:
      draft.body === undefined || draft.body === '' ? null : new TextEncoder().encode(draft.body),
  }
}

function readHeaders(given: Readonly<Record<string, string>>): Headers {
  const headers = new Headers()
  for (const [name, value] of Object.entries(given)) {
    try {
      headers.append(name, value)
    } catch {
      const shown = JSON.stringify(name.slice(0, LIMITS.nameLength))
      throw invalid('request.headers', `HTTP does not allow the name or the value of ${shown}`)
    }
  }
  return headers
}
