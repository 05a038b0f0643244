import { isPrivateHost } from '../registry/host-policy.ts'

const mostRedirects = 5
const redirectStatus: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

interface Download {
  readonly fetch: typeof fetch
  readonly signal: AbortSignal
  readonly maxBytes: number
}

/**
 * A module at a URL. Each redirect is looked at before it is followed: a server leads to no private address. Pages are not told where one leads; there the
 * end of it is looked at. Throws `Error` with the reason.
 */
export async function download(url: string, options: Download): Promise<Uint8Array> {
  refusePlain(url)
  const response = await follow(url, options)
  if (response.url !== '') refuseRedirect(url, response.url)
  if (!response.ok) throw new Error(`the server answered ${response.status}`)
  return readAll(response, options.maxBytes)
}

async function follow(url: string, { fetch, signal }: Download): Promise<Response> {
  let at = url
  for (let hops = 0; hops <= mostRedirects; hops += 1) {
    // oxlint-disable-next-line no-await-in-loop -- where it leads is known afterwards
    const response = await fetch(at, { signal, redirect: 'manual' })
    if (response.type === 'opaqueredirect') return fetch(at, { signal })
    const location = response.headers.get('location')
    if (!redirectStatus.has(response.status) || location === null) return response
    // oxlint-disable-next-line no-await-in-loop -- its connection is free before the next is opened
    await response.body?.cancel()
    at = new URL(location, at).href
    refuseRedirect(url, at)
  }
  throw new Error(`it led to more than ${mostRedirects} redirects`)
}

/** Code that travels in the clear can be anyone's, also after a redirect. */
function refusePlain(url: string): void {
  if (new URL(url).protocol === 'https:' || isHere(url)) return
  throw new Error('modules are loaded over https: only')
}

/** Whoever asks for a module of this machine may be led to another of it. */
function refuseRedirect(from: string, to: string): void {
  refusePlain(to)
  const { hostname } = new URL(to)
  if (hostname === new URL(from).hostname || (isHere(from) && isHere(to))) return
  if (isPrivateHost(hostname)) throw new Error('it leads to this machine or its network')
}

function isHere(url: string): boolean {
  return ['localhost', '127.0.0.1', '[::1]'].includes(new URL(url).hostname)
}

async function readAll(response: Response, maxBytes: number): Promise<Uint8Array> {
  const reader = response.body?.getReader()
  const parts: Uint8Array[] = []
  let length = 0
  for (let part = await reader?.read(); part?.done === false; part = await reader?.read()) {
    length += part.value.length
    if (length > maxBytes) {
      await reader?.cancel()
      throw new Error(`it is larger than ${maxBytes} bytes`)
    }
    parts.push(part.value)
  }
  const bytes = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}
