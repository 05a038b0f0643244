import type { Functions } from '../catalog/functions.ts'
import { defaultRuntime } from '../catalog/fields.ts'
import { versionOf } from '../catalog/revision.ts'
import type { Workspaces } from '../catalog/workspaces.ts'
import type { RuntimesResponse } from '../contract/index.ts'
import type { FunctionRunner } from '../ports.ts'
import { readJson } from './body.ts'
import { readIfMatch, readView, toJson, toVersioned, type Route } from './route.ts'
import {
  createFunctionBody,
  createWorkspaceBody,
  updateFunctionBody,
  updateWorkspaceBody,
} from './schemas.ts'

/** Source of 1 MB in Base64 with everything else beside it. */
export const MAX_JSON_BYTES: number = 2 * 1024 * 1024

const BODY_ERRORS = ['VALIDATION_ERROR', 'UNSUPPORTED_MEDIA_TYPE', 'PAYLOAD_TOO_LARGE'] as const

export function createWorkspaceRoutes(workspaces: Workspaces): Route[] {
  return [
    {
      method: 'POST',
      path: '/api/workspaces',
      summary: 'Creates a workspace',
      body: createWorkspaceBody.schema,
      answer: { status: 201, description: 'The workspace', schema: 'Workspace' },
      errors: [...BODY_ERRORS],
      failure: 'CREATE_ERROR',
      async handle({ request }) {
        const created = await workspaces.create(
          createWorkspaceBody.parse(await readJson(request, MAX_JSON_BYTES)),
        )
        return toJson(created.value, 201, created.version)
      },
    },
    {
      method: 'GET',
      path: '/api/workspaces',
      summary: 'Lists the workspaces, oldest first',
      answer: { status: 200, description: 'The workspaces', schema: 'WorkspaceList' },
      errors: [],
      failure: 'READ_ERROR',
      async handle({ request }) {
        const list = await workspaces.list()
        return toVersioned(request, versionOf(list), async () => list)
      },
    },
    ...createSingleWorkspaceRoutes(workspaces, '/api/workspaces/{workspaceId}'),
  ]
}

function createSingleWorkspaceRoutes(workspaces: Workspaces, path: string): Route[] {
  return [
    {
      method: 'GET',
      path,
      summary: 'Reads a workspace',
      answer: { status: 200, description: 'The workspace', schema: 'Workspace' },
      errors: ['NOT_FOUND'],
      failure: 'READ_ERROR',
      async handle({ param }) {
        const { value, version } = await workspaces.get(param('workspaceId'))
        return toJson(value, 200, version)
      },
    },
    {
      method: 'PATCH',
      path,
      summary: 'Changes the given fields of a workspace',
      body: updateWorkspaceBody.schema,
      answer: { status: 200, description: 'The workspace', schema: 'Workspace' },
      errors: [...BODY_ERRORS, 'NOT_FOUND', 'PRECONDITION_FAILED'],
      failure: 'UPDATE_ERROR',
      async handle({ request, param }) {
        const body = updateWorkspaceBody.parse(await readJson(request, MAX_JSON_BYTES))
        const { value, version } = await workspaces.update(
          param('workspaceId'),
          body,
          readIfMatch(request),
        )
        return toJson(value, 200, version)
      },
    },
    {
      method: 'DELETE',
      path,
      summary: 'Removes a workspace with its functions, their code and their logs',
      answer: { status: 204, description: 'It is gone' },
      errors: ['NOT_FOUND'],
      failure: 'DELETE_ERROR',
      async handle({ param }) {
        await workspaces.delete(param('workspaceId'))
        return new Response(null, { status: 204 })
      },
    },
  ]
}

export function createFunctionRoutes(functions: Functions): Route[] {
  const all = '/api/workspaces/{workspaceId}/functions'
  const one = `${all}/{functionId}`
  return [
    {
      method: 'POST',
      path: all,
      summary: 'Creates a function',
      body: createFunctionBody.schema,
      answer: { status: 201, description: 'The function', schema: 'FunctionConfig' },
      errors: [...BODY_ERRORS, 'NOT_FOUND', 'CONFLICT'],
      failure: 'CREATE_ERROR',
      async handle({ request, param }) {
        const body = createFunctionBody.parse(await readJson(request, MAX_JSON_BYTES))
        const created = await functions.create(param('workspaceId'), body)
        return toJson(created.value, 201, created.version)
      },
    },
    {
      method: 'GET',
      path: all,
      summary:
        'Lists the functions of a workspace, oldest first; with ?view=summary without code and environment',
      view: 'summary',
      answer: {
        status: 200,
        description: 'The functions',
        schema: 'FunctionList',
        summary: 'FunctionSummaries',
      },
      errors: ['VALIDATION_ERROR', 'NOT_FOUND'],
      failure: 'READ_ERROR',
      async handle({ request, url, param }) {
        const asSummary = readView(url, 'summary')
        const list = await functions.list(param('workspaceId'))
        return toVersioned(request, list.version, async () =>
          asSummary ? list.summaries : list.configs(),
        )
      },
    },
    ...createSingleFunctionRoutes(functions, one),
  ]
}

function createSingleFunctionRoutes(functions: Functions, path: string): Route[] {
  return [
    {
      method: 'GET',
      path,
      summary: 'Reads a function',
      answer: { status: 200, description: 'The function', schema: 'FunctionConfig' },
      errors: ['NOT_FOUND'],
      failure: 'READ_ERROR',
      async handle({ param }) {
        const { value, version } = await functions.get(functionPath(param))
        return toJson(value, 200, version)
      },
    },
    {
      method: 'PATCH',
      path,
      summary: 'Changes the given fields of a function',
      body: updateFunctionBody.schema,
      answer: { status: 200, description: 'The function', schema: 'FunctionConfig' },
      errors: [...BODY_ERRORS, 'NOT_FOUND', 'CONFLICT', 'PRECONDITION_FAILED'],
      failure: 'UPDATE_ERROR',
      async handle({ request, param }) {
        const body = updateFunctionBody.parse(await readJson(request, MAX_JSON_BYTES))
        const { value, version } = await functions.update(
          functionPath(param),
          body,
          readIfMatch(request),
        )
        return toJson(value, 200, version)
      },
    },
    {
      method: 'DELETE',
      path,
      summary: 'Removes a function with its code and its logs',
      answer: { status: 204, description: 'It is gone' },
      errors: ['NOT_FOUND'],
      failure: 'DELETE_ERROR',
      async handle({ param }) {
        await functions.delete(functionPath(param))
        return new Response(null, { status: 204 })
      },
    },
  ]
}

/** Reads both ids of a function's path. */
export function functionPath(param: (name: string) => string): {
  workspaceId: string
  functionId: string
} {
  return { workspaceId: param('workspaceId'), functionId: param('functionId') }
}

export function createRuntimesRoute(runner: Pick<FunctionRunner, 'runtimes'>): Route {
  return {
    method: 'GET',
    path: '/api/runtimes',
    summary: 'Lists the runtimes that this machine really has',
    answer: { status: 200, description: 'The runtimes', schema: 'RuntimesResponse' },
    errors: [],
    failure: 'READ_ERROR',
    async handle() {
      const runtimes = runner
        .runtimes()
        .map(({ runtime, language, version }) => ({ runtime, language, version }))
      return toJson({
        runtimes,
        default: defaultRuntime(runner.runtimes()),
      } satisfies RuntimesResponse)
    },
  }
}
