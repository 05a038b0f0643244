/** Answers a page of another origin, or another name for this machine, with a refusal (DNS rebinding, CSRF). */

const loopbackNames = new Set(['localhost', '127.0.0.1', '[::1]'])

/** Undefined when the request may go on; else why not. */
export function refusalOf(
  request: Request,
): { code: 'HOST_REFUSED' | 'ORIGIN_REFUSED'; message: string } | undefined {
  const host = request.headers.get('host') ?? ''
  const name = host.replace(/:\d+$/, '').toLowerCase()
  if (!loopbackNames.has(name)) {
    return {
      code: 'HOST_REFUSED',
      message: 'This daemon answers on localhost only; the Host header names another machine.',
    }
  }
  const origin = request.headers.get('origin')
  if (origin !== null && origin !== `http://${host.toLowerCase()}`) {
    return { code: 'ORIGIN_REFUSED', message: 'A page of another origin may not call this daemon.' }
  }
  const site = request.headers.get('sec-fetch-site')
  const navigates = request.headers.get('sec-fetch-mode') === 'navigate' && request.method === 'GET'
  if (site !== null && site !== 'same-origin' && site !== 'none' && !navigates) {
    return { code: 'ORIGIN_REFUSED', message: 'A page of another site may not call this daemon.' }
  }
  return undefined
}
