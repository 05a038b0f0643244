/** Where an engine listens. */
export type Endpoint =
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'ssh'; readonly target: string; readonly port: number | undefined }

const plainPort = 2375
const tlsPort = 2376

/**
 * Parses what `DOCKER_HOST` may hold: `unix:///var/run/docker.sock`, `tcp://host:port`, `https://host:port`,
 * `ssh://user@host:port`.
 *
 * @throws TypeError for anything else.
 */
export const parseEndpoint = (text: string): Endpoint => {
  if (text.startsWith('unix://')) return { kind: 'unix', path: text.slice('unix://'.length) }
  if (text.startsWith('/')) return { kind: 'unix', path: text }
  const url = URL.canParse(text) ? new URL(text) : undefined
  // A host that begins with a dash would be read by ssh as one of its options.
  const usable =
    url !== undefined &&
    url.hostname !== '' &&
    !url.hostname.startsWith('-') &&
    !url.username.startsWith('-')
  if (usable && url.protocol === 'ssh:') {
    const target =
      url.username === '' ? url.hostname : `${decodeURIComponent(url.username)}@${url.hostname}`
    return { kind: 'ssh', target, port: url.port === '' ? undefined : Number(url.port) }
  }
  if (usable && /^(?:tcp|https?):$/.test(url.protocol)) {
    const fallback = url.protocol === 'https:' ? tlsPort : plainPort
    return { kind: 'tcp', host: url.hostname, port: url.port === '' ? fallback : Number(url.port) }
  }
  throw new TypeError(
    `"${text}" is no engine address; use unix:///path, tcp://host:port, https://host:port or ssh://user@host`,
  )
}
