import type { FunctionOutcome, FunctionRequest, InvokeOptions } from '../ports.ts'
import type { HostOutcome } from '../host/types.ts'

/** The platform's `fetch`, as a port. */
export type Fetch = (input: string, init: RequestInit) => Promise<Response>

export interface RemoteCall {
  readonly url: string
  readonly request: FunctionRequest
  readonly options: InvokeOptions
  readonly maxResponseBytes: number
}

/** Calls a deployed function at its address; what it prints and uses is known only there. Redirects are not followed. */
export async function invokeRemote(fetch: Fetch, call: RemoteCall): Promise<HostOutcome> {
  const { request, options } = call
  const startedMs = performance.now()
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(options.timeoutMs)])
  const outcome = await attempt(fetch, call, signal)
  const measured = {
    durationMs: performance.now() - startedMs,
    cpuMs: 0,
    memoryBytes: 0,
    coldStart: false,
    coldStartMs: 0,
    queueMs: 0,
  }
  if (outcome.ok || !signal.aborted) return { ...measured, ...outcome }
  if (options.signal.aborted)
    return { ...measured, ok: false, code: 'CANCELLED', message: 'the caller went away' }
  const message = `${request.method} took longer than the timeout of ${options.timeoutMs / 1000} s`
  return { ...measured, ok: false, code: 'TIMEOUT', message }
}

type Attempt =
  | Pick<Extract<FunctionOutcome, { ok: true }>, 'ok' | 'status' | 'headers' | 'body'>
  | Pick<Extract<FunctionOutcome, { ok: false }>, 'ok' | 'code' | 'message'>

async function attempt(
  fetch: Fetch,
  { url, request, maxResponseBytes }: RemoteCall,
  signal: AbortSignal,
): Promise<Attempt> {
  const target = new URL(url)
  const [path = '/', query] = request.path.split('?', 2)
  if (path !== '/') target.pathname = target.pathname.replace(/\/$/, '') + path
  if (query !== undefined) target.search = query
  try {
    const response = await fetch(target.href, {
      method: request.method,
      headers: { ...request.headers },
      redirect: 'manual',
      signal,
      ...(request.body === null ? {} : { body: new Uint8Array(request.body) }),
    })
    const body = await readAtMost(response, maxResponseBytes)
    if (body === null)
      return {
        ok: false,
        code: 'OUTPUT_LIMIT',
        message: `the answer is larger than ${maxResponseBytes} bytes`,
      }
    return { ok: true, status: response.status, headers: decodedHeaders(response), body }
  } catch (error) {
    return {
      ok: false,
      code: 'CRASHED',
      message: `${target.origin} could not be reached: ${reasonOf(error)}`,
    }
  }
}

async function readAtMost(response: Response, limitBytes: number): Promise<Uint8Array | null> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.length
    if (size > limitBytes) return null
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** `fetch` has undone the encoding, so the headers that speak of it would be wrong. */
function decodedHeaders(response: Response): Record<string, string> {
  const headers = Object.fromEntries(response.headers)
  if (response.headers.has('content-encoding')) {
    delete headers['content-encoding']
    delete headers['content-length']
  }
  return headers
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? error.cause.message : error.message
}
