import { notFound } from '../errors.ts'
import { execute } from '../executions/execute.ts'
import { readBody } from './body.ts'
import type { ExecutionRouteParts } from './execution-routes.ts'
import { toFunctionAnswer, toFunctionHeaders } from './function-answer.ts'

const ADDRESS = /^\/fn\/([^/]+)\/([^/]+)(\/.*)?$/

/** `/fn/{workspaceId}/{functionName}/…`: the request goes to the function and its answer comes back, both as they are. */
export async function passThrough(parts: ExecutionRouteParts, request: Request): Promise<Response> {
  const url = new URL(request.url)
  const [, workspaceId = '', name = '', path = '/'] = ADDRESS.exec(url.pathname) ?? []
  const row = await parts.tables.functions.findByName(
    decode(workspaceId),
    decode(name).normalize('NFC'),
  )
  if (row === null) throw notFound('function', url.pathname)
  const headers = toFunctionHeaders(request.headers)
  // The path stays encoded: what it means is the function's affair.
  const call = {
    method: request.method,
    path: path + url.search,
    headers,
    body: await readBody(request, parts.maxRequestBytes),
  }
  return toFunctionAnswer(
    await execute(parts, { row, request: call, signal: request.signal }, 'http'),
  )
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}
