import type { HttpResponse } from '../../network/types.ts'
import { guestFailed } from '../errors.ts'
import type { ReadyHost } from '../guest-host.ts'
import { askHttp, toRequest } from '../http.ts'
import type { Kernel } from './kernel.ts'

const encoder = new TextEncoder()

/** Extism's functions for HTTP: a request gives its body, and the other two are of the last one. */
export function httpFunctions(
  kernelOf: () => Kernel,
  host: ReadyHost,
  leftMs: () => number,
): Record<string, (...args: never[]) => unknown> {
  let last: HttpResponse | undefined
  return {
    http_request: (requestAt: bigint, bodyAt: bigint) => {
      const kernel = kernelOf()
      const request = toRequest(parse(kernel.text(requestAt)))
      const body = bodyAt === 0n ? {} : { body: kernel.read(bodyAt).slice() }
      last = askHttp(host, { ...request, ...body }, leftMs)
      return kernel.write(last.body)
    },
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
