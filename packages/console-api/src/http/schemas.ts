import Type, { type TSchema } from 'typebox'
import {
  HTTP_METHODS,
  LIMITS,
  type CreateFunctionRequest,
  type CreateWorkspaceRequest,
  type DraftRunRequest,
  type UpdateFunctionRequest,
  type UpdateWorkspaceRequest,
} from '../contract/index.ts'
import { shapeOf, type Shape } from './validate.ts'

/** Bodies and answers as JSON Schema: what requests are checked against is what `openapi.json` says. */

const closed = { additionalProperties: false } as const
const name = Type.String({ minLength: 1, maxLength: LIMITS.nameLength })
const description = Type.String({ maxLength: LIMITS.descriptionLength })
const integer = ({ min, max }: { min: number; max: number }, extra: object = {}): Type.TInteger =>
  Type.Integer({ minimum: min, maximum: max, ...extra })
const methods = Type.Array(Type.Enum([...HTTP_METHODS]), {
  minItems: 1,
  maxItems: HTTP_METHODS.length,
})
const environment = Type.Record(Type.String(), Type.String())
const code = Type.String({ minLength: 1, description: 'Base64 of UTF-8 source' })
const nullableText = Type.Union([Type.String({ maxLength: 2000 }), Type.Null()])

const optionalFunctionFields = {
  description: Type.Optional(description),
  runtime: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
  memory: Type.Optional(integer(LIMITS.memoryMb)),
  timeout: Type.Optional(integer(LIMITS.timeoutSeconds)),
  httpMethods: Type.Optional(methods),
  environmentVariables: Type.Optional(environment),
}

export const createWorkspaceBody: Shape<CreateWorkspaceRequest> = shapeOf(
  Type.Object({ name, description: Type.Optional(description) }, closed),
)

export const updateWorkspaceBody: Shape<UpdateWorkspaceRequest> = shapeOf(
  Type.Object({ name: Type.Optional(name), description: Type.Optional(description) }, closed),
)

export const createFunctionBody: Shape<CreateFunctionRequest> = shapeOf(
  Type.Object({ name, code, ...optionalFunctionFields }, closed),
)

export const updateFunctionBody: Shape<UpdateFunctionRequest> = shapeOf(
  Type.Object(
    {
      name: Type.Optional(name),
      code: Type.Optional(code),
      ...optionalFunctionFields,
      status: Type.Optional(Type.Enum(['active', 'disabled'])),
      invocationUrl: Type.Optional(nullableText),
      lastDeployed: Type.Optional(nullableText),
    },
    closed,
  ),
)

export const draftRunBody: Shape<DraftRunRequest> = shapeOf(
  Type.Object(
    {
      code,
      request: Type.Optional(
        Type.Object(
          {
            method: Type.Optional(Type.Enum([...HTTP_METHODS])),
            path: Type.Optional(Type.String({ minLength: 1, maxLength: 8192 })),
            headers: Type.Optional(environment),
            body: Type.Optional(Type.String()),
          },
          closed,
        ),
      ),
    },
    closed,
  ),
)

const text = Type.String()
const number = Type.Number()
const count = Type.Integer({ minimum: 0 })
const koreanTime = Type.String({ pattern: '\\+09:00$', description: 'ISO 8601 in Korean time' })

const workspace = Type.Object({
  id: Type.String({ pattern: '^ws-[0-9a-z]{8}$' }),
  name: text,
  description: Type.Optional(text),
  createdAt: koreanTime,
  functionCount: count,
  invocations24h: count,
  errorRate: Type.Number({ minimum: 0, maximum: 100 }),
})

const functionFields = {
  id: Type.String({ pattern: '^fn-[0-9a-z]{8}$' }),
  workspaceId: text,
  name: text,
  description: Type.Optional(text),
  runtime: text,
  memory: integer(LIMITS.memoryMb),
  timeout: integer(LIMITS.timeoutSeconds),
  httpMethods: methods,
  invocationUrl: Type.Optional(Type.Union([text, Type.Null()])),
  status: Type.Enum(['active', 'disabled']),
  lastModified: koreanTime,
  lastDeployed: Type.Optional(Type.Union([koreanTime, Type.Null()])),
  invocations24h: count,
  errors24h: count,
  avgDuration: number,
}

const functionConfig = Type.Object({
  ...functionFields,
  environmentVariables: environment,
  code: text,
})

const executionFields = {
  id: text,
  functionId: text,
  timestamp: koreanTime,
  status: Type.Enum(['success', 'error']),
  duration: number,
  statusCode: Type.Integer(),
  level: Type.Enum(['info', 'warn', 'error']),
  method: text,
  path: text,
  trigger: Type.Enum(['invoke', 'http', 'draft']),
}

const executionLog = Type.Object({
  ...executionFields,
  requestBody: Type.Optional(Type.Unknown()),
  responseBody: Type.Optional(Type.Unknown()),
  logs: Type.Array(text),
  coldStart: Type.Boolean(),
  coldStartMs: number,
  queueMs: number,
  cpuMs: number,
  memoryBytes: number,
  truncated: Type.Array(Type.Enum(['requestBody', 'responseBody', 'logs'])),
  error: Type.Optional(Type.Object({ code: text, message: text })),
})

const executionSummary = Type.Object(
  { ...executionFields, errorCode: Type.Optional(text), lastLine: Type.Optional(text) },
  closed,
)

const runtimes = Type.Object({
  runtimes: Type.Array(
    Type.Object({ runtime: text, language: Type.Enum(['python', 'javascript']), version: text }),
  ),
  default: Type.Union([text, Type.Null()]),
})

const metrics = Type.Object({
  status: Type.Enum(['success', 'partial']),
  function_id: text,
  data: Type.Object({
    cpu_total: Type.Union([number, Type.Null()]),
    cpu_series: Type.Array(Type.Object({ timestamp: number, value: number })),
    window_seconds: number,
    instant_query: text,
    range_query: text,
  }),
})

/** Answers by their name under `components.schemas`. */
export const ANSWERS: Readonly<Record<AnswerName, TSchema>> = {
  Workspace: workspace,
  WorkspaceList: Type.Array(workspace),
  FunctionConfig: functionConfig,
  FunctionList: Type.Array(functionConfig),
  FunctionSummaries: Type.Array(Type.Object(functionFields, closed)),
  FunctionActivity: Type.Object({ waiting: count, starting: count, running: count }),
  ExecutionLog: executionLog,
  LogSummaries: Type.Object({ logs: Type.Array(executionSummary), total: count }),
  LogsResponse: Type.Object({ logs: Type.Array(executionLog), total: count }),
  RuntimesResponse: runtimes,
  LokiLogsResponse: Type.Object({
    logs: Type.Array(Type.Object({ timestamp: Type.String({ pattern: '^[0-9]+$' }), line: text })),
    total: count,
    function_id: text,
  }),
  PrometheusMetricsResponse: metrics,
  Error: Type.Object({
    error: Type.Object({ code: text, message: text, details: Type.Record(text, Type.Unknown()) }),
  }),
}

export type AnswerName =
  | 'Workspace'
  | 'WorkspaceList'
  | 'FunctionConfig'
  | 'FunctionList'
  | 'FunctionSummaries'
  | 'FunctionActivity'
  | 'ExecutionLog'
  | 'LogSummaries'
  | 'LogsResponse'
  | 'RuntimesResponse'
  | 'LokiLogsResponse'
  | 'PrometheusMetricsResponse'
  | 'Error'
