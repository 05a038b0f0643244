import type { HttpMethod } from '@gaesup-state/console-api/contract'
import { hasTexts, openShelf } from '../../storage/shelf.ts'
import type { RequestDraft } from './request-draft.ts'

const openRequests = () =>
  openShelf({ storage: localStorage, prefix: 'gaesup.request.', most: 100 })

/** The request that was last prepared for a function in this browser; undefined when there was none that fits. */
export function readRequest(
  functionId: string,
  methods: readonly HttpMethod[],
): RequestDraft | undefined {
  const kept = openRequests().get(functionId)
  if (!hasTexts(kept, ['method', 'path', 'body'])) return undefined
  const method = methods.find((one) => one === kept.method)
  const rows = 'headers' in kept && Array.isArray(kept.headers) ? kept.headers : []
  if (method === undefined) return undefined
  const headers = rows
    .filter((row) => hasTexts(row, ['name', 'value']))
    .map(({ name, value }, id) => ({ id, name, value }))
  return { method, path: kept.path, headers, body: kept.body }
}

/** Keeps a request for the next visit. In a full storage it is not kept, and the next visit starts anew. */
export function keepRequest(functionId: string, request: RequestDraft): void {
  openRequests().put(functionId, request)
}
