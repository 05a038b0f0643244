import { STATUS_OF } from '../errors.ts'
import type { Route } from './route.ts'
import { ANSWERS } from './schemas.ts'

/** The routes as an OpenAPI 3.1 document. @see https://spec.openapis.org/oas/v3.1.1.html */
export function toOpenApi(routes: readonly Route[]): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {}
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: toOperation(route) }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Functions platform API',
      version: '1.0.0',
      description: 'Workspaces, functions, executions. Times are ISO 8601 in Korean time (+09:00).',
    },
    paths,
    components: { schemas: ANSWERS },
  }
}

function toOperation(route: Route): Record<string, unknown> {
  return {
    summary: route.summary,
    parameters: [...pathParameters(route.path), ...limitParameter(route), ...viewParameter(route)],
    ...(route.body === undefined
      ? {}
      : { requestBody: { required: true, ...jsonContent(route.body) } }),
    responses: {
      [route.answer.status]: {
        description: route.answer.description,
        ...answerContent(route),
      },
      ...(route.answer.summary === undefined
        ? {}
        : { 304: { description: 'The caller has this version (If-None-Match)' } }),
      ...errorResponses(route),
    },
  }
}

function pathParameters(path: string): unknown[] {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
  return names.map((name) => ({ name, in: 'path', required: true, schema: { type: 'string' } }))
}

function limitParameter({ limit }: Route): unknown[] {
  if (limit === undefined) return []
  const schema = { type: 'integer', minimum: limit.min, maximum: limit.max, default: limit.default }
  return [{ name: 'limit', in: 'query', schema }]
}

function viewParameter({ view }: Route): unknown[] {
  if (view === undefined) return []
  return [{ name: 'view', in: 'query', schema: { type: 'string', enum: [view] } }]
}

function answerContent({ answer: { schema, summary } }: Route): object {
  if (schema === undefined) return {}
  if (summary === undefined) return jsonContent(reference(schema))
  return jsonContent({ anyOf: [reference(schema), reference(summary)] })
}

function errorResponses(route: Route): Record<string, unknown> {
  const byStatus = Map.groupBy(new Set([...route.errors, route.failure]), (code) => STATUS_OF[code])
  const responses = [...byStatus].map(([status, codes]) => [
    status,
    { description: codes.join(', '), ...jsonContent(reference('Error')) },
  ])
  return Object.fromEntries(responses) as Record<string, unknown>
}

function jsonContent(schema: unknown): { content: unknown } {
  return { content: { 'application/json': { schema } } }
}

function reference(name: string): { $ref: string } {
  return { $ref: `#/components/schemas/${name}` }
}
