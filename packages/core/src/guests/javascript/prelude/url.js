// node:url.
const { coded, invalidArgument } = require('errors')

const fileURLToPath = (given) => {
  const url = typeof given === 'string' ? new URL(given) : given
  if (!(url instanceof URL))
    throw invalidArgument('path', 'of type string or an instance of URL', given)
  if (url.protocol !== 'file:')
    throw coded(TypeError, 'ERR_INVALID_URL_SCHEME', 'The URL must be of scheme file')
  return decodeURIComponent(url.pathname)
}

const pathToFileURL = (path) => {
  const url = new URL('file:///')
  url.pathname = require('path')
    .resolve(path)
    .replaceAll('%', '%25')
    .replaceAll('?', '%3F')
    .replaceAll('#', '%23')
  return url
}

class Url {}

const parse = (text, parseQuery = false) => {
  const match =
    /^(?:([a-z][a-z0-9+.-]*:))?(\/\/)?(?:([^@/?#]*)@)?([^/?#]*)?([^?#]*)(\?[^#]*)?(#.*)?$/i.exec(
      String(text),
    )
  const [, protocol, slashes, auth, host, path, search, hash] = match
  const absolute = slashes !== undefined
  const pathname = absolute ? path : `${host ?? ''}${path}`
  const port = absolute ? /:(\d+)$/.exec(host ?? '')?.[1] : undefined
  const query = search === undefined ? null : search.slice(1)
  return Object.assign(new Url(), {
    protocol: protocol?.toLowerCase() ?? null,
    slashes: absolute || null,
    auth: auth === undefined ? null : decodeURIComponent(auth),
    host: absolute ? host.toLowerCase() : null,
    port: port ?? null,
    hostname: absolute ? host.replace(/:\d+$/, '').toLowerCase() : null,
    hash: hash ?? null,
    search: search ?? null,
    query: parseQuery ? require('querystring').parse(query ?? '') : query,
    pathname: pathname === '' ? (absolute ? '/' : null) : pathname,
    path: `${pathname === '' && absolute ? '/' : pathname}${search ?? ''}` || null,
    href: String(text),
  })
}

const format = (url, options) => {
  if (url instanceof URL) {
    const copy = new URL(url.href)
    if (options?.fragment === false) copy.hash = ''
    if (options?.search === false) copy.search = ''
    return copy.href
  }
  if (typeof url === 'string') return format(parse(url))
  const query =
    url.search ??
    (url.query !== null && typeof url.query === 'object'
      ? `?${require('querystring').stringify(url.query)}`
      : '')
  const host =
    url.host ??
    (url.hostname === undefined || url.hostname === null
      ? ''
      : `${url.hostname}${url.port ? `:${url.port}` : ''}`)
  const protocol = url.protocol ? `${url.protocol.replace(/:$/, '')}:` : ''
  return `${protocol}${url.slashes || (protocol !== '' && host !== '') ? '//' : ''}${url.auth ? `${url.auth}@` : ''}${host}${url.pathname ?? ''}${query === '?' ? '' : query}${url.hash ?? ''}`
}

const resolve = (from, to) => {
  const base = new URL(from, 'resolve://x')
  const found = new URL(to, base)
  return found.protocol === 'resolve:'
    ? `${found.pathname}${found.search}${found.hash}`
    : found.href
}

module.exports = {
  URL,
  URLSearchParams,
  Url,
  fileURLToPath,
  pathToFileURL,
  parse,
  format,
  resolve,
  domainToASCII: (domain) => {
    try {
      return new URL(`http://${domain}`).hostname
    } catch {
      return ''
    }
  },
  domainToUnicode: (domain) => domain,
  urlToHttpOptions: ({ protocol, hostname, hash, search, pathname, href, port }) => ({
    protocol,
    hostname,
    hash,
    search,
    pathname,
    path: `${pathname}${search}`,
    href,
    port: port === '' ? undefined : Number(port),
  }),
}
