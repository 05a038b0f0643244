import type { IncomingMessage } from 'node:http'

/** Which host names and web pages may reach a server. */
export interface HttpAccess {
  /** Names in the `Host` header besides loopback ones, without port, e.g. `sandbox.example.com`. */
  readonly allowedHosts?: readonly string[]
  /** Pages that may connect from a browser besides those of this server itself, e.g. `http://localhost:8000`. */
  readonly allowedOrigins?: readonly string[]
}

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/u

/** Host name of a `Host` header, lower case, without port. */
const toHostName = (header: string): string => header.toLowerCase().replace(/:\d+$/u, '')

/** True for a name or address that only this machine answers to. */
export const isLoopbackHost = (host: string): boolean => {
  const name = host.toLowerCase()
  return LOOPBACK.test(name) || name === '::1'
}

/** Keeps out pages that point a name of their own at this machine (DNS rebinding). */
export const isAllowedHost = (header: string | undefined, access: HttpAccess): boolean => {
  if (header === undefined) return false
  const name = toHostName(header)
  return (
    isLoopbackHost(name) || (access.allowedHosts ?? []).some((host) => host.toLowerCase() === name)
  )
}

/** Programs send no `Origin`; a page must be one of this server or be named. */
export const isAllowedOrigin = (request: IncomingMessage, access: HttpAccess): boolean => {
  const { origin, host } = request.headers
  if (origin === undefined) return true
  if ((access.allowedOrigins ?? []).includes(origin)) return true
  return URL.canParse(origin) && host !== undefined && new URL(origin).host === host.toLowerCase()
}
