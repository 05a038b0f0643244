import type { Functions } from '../catalog/functions.ts'
import { draftPoolKey } from '../catalog/parts.ts'
import { versionOf } from '../catalog/revision.ts'
import {
  LIMITS,
  type FunctionActivity,
  type LogsResponse,
  type LogSummaries,
} from '../contract/index.ts'
import { notFound } from '../errors.ts'
import { toExecutionLog, toExecutionSummary } from '../executions/view.ts'
import type { FunctionHost } from '../host/types.ts'
import type { ExecutionScope, Tables } from '../storage/tables.ts'
import { functionPath } from './catalog-routes.ts'
import { readLimit, readView, toJson, toVersioned, type Route, type RouteCall } from './route.ts'

export interface LogRouteParts {
  readonly tables: Tables
  readonly functions: Functions
  readonly host: Pick<FunctionHost, 'activity'>
}

/** What ran, and what runs. */
export function createLogRoutes(parts: LogRouteParts): Route[] {
  const one = '/api/workspaces/{workspaceId}/functions/{functionId}'
  return [
    createListRoute(parts, {
      path: `${one}/logs`,
      limit: LIMITS.functionLogs,
      scopeOf: async ({ param }) => {
        const row = await parts.functions.find(functionPath(param))
        return { functionId: row.id }
      },
    }),
    createListRoute(parts, {
      path: '/api/workspaces/{workspaceId}/logs',
      limit: LIMITS.workspaceLogs,
      scopeOf: ({ param }) => workspaceScope(parts.tables, param('workspaceId')),
    }),
    {
      method: 'GET',
      path: `${one}/logs/{executionId}`,
      summary: 'Reads one kept execution',
      answer: { status: 200, description: 'The execution', schema: 'ExecutionLog' },
      errors: ['NOT_FOUND'],
      failure: 'READ_ERROR',
      async handle({ param }) {
        const row = await parts.functions.find(functionPath(param))
        const id = param('executionId')
        const record = await parts.tables.executions.get(row.id, id)
        if (record === null) throw notFound('execution', id)
        return toJson(toExecutionLog(record))
      },
    },
    {
      method: 'GET',
      path: `${one}/activity`,
      summary: 'Tells how many calls of the function wait, start and run at this moment',
      answer: { status: 200, description: 'The numbers', schema: 'FunctionActivity' },
      errors: ['NOT_FOUND'],
      failure: 'READ_ERROR',
      async handle({ param }) {
        const row = await parts.functions.find(functionPath(param))
        return toJson(
          parts.host.activity([row.id, draftPoolKey(row.id)]) satisfies FunctionActivity,
        )
      },
    },
  ]
}

interface ListRoute {
  readonly path: string
  readonly limit: { readonly min: number; readonly max: number; readonly default: number }
  readonly scopeOf: (call: RouteCall) => Promise<ExecutionScope>
}

function createListRoute({ tables }: LogRouteParts, { path, limit, scopeOf }: ListRoute): Route {
  const { executions } = tables
  return {
    method: 'GET',
    path,
    summary: 'Lists kept executions, newest first; with ?view=summary without bodies and prints',
    limit,
    view: 'summary',
    answer: {
      status: 200,
      description: 'The executions',
      schema: 'LogsResponse',
      summary: 'LogSummaries',
    },
    errors: ['VALIDATION_ERROR', 'NOT_FOUND'],
    failure: 'READ_ERROR',
    async handle(call) {
      const { request, url } = call
      const count = readLimit(url, limit)
      const asSummary = readView(url, 'summary')
      const scope = await scopeOf(call)
      const { seqs, total } = await executions.places(scope, count)
      return toVersioned(request, versionOf([total, seqs]), async () => {
        if (asSummary) {
          const heads = await executions.heads(scope, count)
          return { logs: heads.map(toExecutionSummary), total } satisfies LogSummaries
        }
        const { rows } = await executions.newest(scope, count)
        const logs = rows.map(({ record }) => toExecutionLog(record))
        return { logs, total } satisfies LogsResponse
      })
    },
  }
}

async function workspaceScope(tables: Tables, workspaceId: string): Promise<ExecutionScope> {
  if ((await tables.workspaces.get(workspaceId)) === null) throw notFound('workspace', workspaceId)
  return { workspaceId }
}
