import type { HttpMethod } from '@gaesup-state/console-api/contract'

export interface RequestHeader {
  readonly id: number
  readonly name: string
  readonly value: string
}

/** The request that the next run sends. */
export interface RequestDraft {
  readonly method: HttpMethod
  readonly path: string
  readonly headers: readonly RequestHeader[]
  readonly body: string
}

export type RequestEvent =
  | {
      readonly type: 'changed'
      readonly change: Partial<Pick<RequestDraft, 'method' | 'path' | 'body'>>
    }
  | { readonly type: 'headerAdded' }
  | { readonly type: 'headerChanged'; readonly header: RequestHeader }
  | { readonly type: 'headerRemoved'; readonly id: number }

export function reduceRequest(draft: RequestDraft, event: RequestEvent): RequestDraft {
  switch (event.type) {
    case 'changed':
      return { ...draft, ...event.change }
    case 'headerAdded':
      return {
        ...draft,
        headers: [...draft.headers, { id: nextId(draft.headers), name: '', value: '' }],
      }
    case 'headerChanged':
      return {
        ...draft,
        headers: draft.headers.map((header) =>
          header.id === event.header.id ? event.header : header,
        ),
      }
    case 'headerRemoved':
      return { ...draft, headers: draft.headers.filter(({ id }) => id !== event.id) }
  }
}

function nextId(headers: readonly RequestHeader[]): number {
  return 1 + Math.max(0, ...headers.map(({ id }) => id))
}

const bodiless: readonly HttpMethod[] = ['GET', 'HEAD', 'OPTIONS']

/** Whether the request has a body at all. */
export function takesBody(method: HttpMethod): boolean {
  return !bodiless.includes(method)
}

/** What is wrong with the body when it claims to be JSON, in the words of the parser; undefined when nothing is. */
export function jsonProblem(draft: RequestDraft): string | undefined {
  if (!takesBody(draft.method) || draft.body.trim() === '' || !isJson(draft)) return undefined
  try {
    JSON.parse(draft.body)
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function isJson(draft: RequestDraft): boolean {
  const type = draft.headers.find(({ name }) => name.trim().toLowerCase() === 'content-type')
  return type === undefined || type.value.toLowerCase().includes('json')
}

export interface WireRequest {
  readonly method: HttpMethod
  readonly path: string
  readonly headers: Record<string, string>
  readonly body?: string
}

/** As it goes to the API: empty headers are left out, a body gets a content type. */
export function toWireRequest(draft: RequestDraft): WireRequest {
  const headers: Record<string, string> = {}
  for (const { name, value } of draft.headers) {
    if (name.trim() !== '') headers[name.trim().toLowerCase()] = value
  }
  const path = draft.path.startsWith('/') ? draft.path : `/${draft.path}`
  const hasBody = takesBody(draft.method) && draft.body !== ''
  if (!hasBody) return { method: draft.method, path, headers }
  headers['content-type'] ??= 'application/json'
  return { method: draft.method, path, headers, body: draft.body }
}
