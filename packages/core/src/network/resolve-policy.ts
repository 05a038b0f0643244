import type { NetworkAccess, NetworkPolicy } from './types.ts'

const defaults = {
  timeoutMs: 10_000,
  maxRequestBytes: 1 << 20,
  maxResponseBytes: 8 << 20,
  maxRedirects: 5,
}
/** The longest time a timer can be set to. */
const longestMs = 2 ** 31 - 1
const keys: readonly string[] = ['hosts', ...Object.keys(defaults)]

/** `true` allows every public host over https, `false` and `undefined` none. Throws `TypeError` for anything else. */
export function resolveNetwork(
  access: boolean | NetworkAccess | undefined,
): NetworkPolicy | undefined {
  if (access === undefined || access === false) return undefined
  if (access === true) return { ...defaults, hosts: undefined }
  if (typeof access !== 'object' || access === null)
    throw new TypeError('networkAccess is true, false or { hosts }.')
  const unknown = Object.keys(access).find((key) => !keys.includes(key))
  if (unknown !== undefined) throw new TypeError(`There is no network option "${unknown}".`)
  if (!Array.isArray(access.hosts) || !access.hosts.every(isEntry))
    throw new TypeError('networkAccess.hosts lists hosts such as "api.example.com" or origins.')
  const policy = { ...defaults, ...access }
  for (const name of ['timeoutMs', 'maxRequestBytes', 'maxResponseBytes', 'maxRedirects'] as const)
    if (!Number.isFinite(policy[name]) || policy[name] < 0)
      throw new TypeError(`networkAccess.${name} is a number from 0 on, not ${policy[name]}.`)
  if (policy.timeoutMs > longestMs)
    throw new TypeError(`networkAccess.timeoutMs is at most ${longestMs}, not ${policy.timeoutMs}.`)
  return policy
}

function isEntry(entry: unknown): boolean {
  if (typeof entry !== 'string') return false
  const text = entry.replace(/^\*\./, '')
  const isOrigin = /^https?:\/\//i.test(entry)
  const url = URL.parse(isOrigin ? text : `https://${text}`)
  // What a URL has beside its host would look as if it counted.
  return url !== null && !/[*@?#]|\/$/.test(text) && url.pathname === '/'
}
