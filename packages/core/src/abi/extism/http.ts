import type { HttpRequest, HttpResponse } from '../../network/types.ts'
import type { Budget } from '../budget.ts'
import { guestFailed } from '../errors.ts'
import type { ReadyHost } from '../guest-host.ts'
import { askHttp, askHttpLater, toRequest } from '../http.ts'
import type { Kernel } from './kernel.ts'

const encoder = new TextEncoder()

/** Extism's functions for HTTP: a request gives its body, and the other two are of the last one. */
export function httpFunctions(
  kernelOf: () => Kernel,
  host: ReadyHost,
  budget: () => Budget | undefined,
): Record<string, (...args: never[]) => unknown> {
  let last: HttpResponse | undefined
  const read = (requestAt: bigint, bodyAt: bigint): HttpRequest => {
    const request = toRequest(parse(kernelOf().text(requestAt)))
    return bodyAt === 0n ? request : { ...request, body: kernelOf().read(bodyAt).slice() }
  }
  const ask = (requestAt: bigint, bodyAt: bigint): bigint => {
    last = askHttp(host, read(requestAt, bodyAt), () => budget()?.leftMs() ?? Infinity)
    return kernelOf().write(last.body)
  }
  const askLater = async (requestAt: bigint, bodyAt: bigint): Promise<bigint> => {
    const running = budget() ?? guestFailed('The module called the host in its start function.')
    last = await askHttpLater(host, read(requestAt, bodyAt), running)
    return kernelOf().write(last.body)
  }
  return {
    http_request: host.httpLater === undefined ? ask : askLater,
    http_status_code: () => last?.status ?? 0,
    http_headers: () =>
      last === undefined ? 0n : kernelOf().write(encoder.encode(JSON.stringify(last.headers))),
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return guestFailed('The plugin asked for a request that is no JSON.')
  }
}
