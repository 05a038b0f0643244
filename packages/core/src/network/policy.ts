import { isAddress, isPublicAddress } from './addresses.ts'
import type { NetworkPolicy } from './types.ts'

/** Why an address must not be asked; undefined where it may. */
export function refusalOf(policy: NetworkPolicy, url: URL): string | undefined {
  if (url.username !== '' || url.password !== '') return 'it carries a name or password'
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'only https and http are spoken'
  if (policy.hosts !== undefined)
    return policy.hosts.some((entry) => matches(entry.toLowerCase(), url))
      ? undefined
      : 'networkAccess.hosts does not list it'
  if (url.protocol !== 'https:') return 'only https is allowed there'
  if (isLocalName(url.hostname)) return 'it is of this machine or network'
  if (isAddress(url.hostname) && !isPublicAddress(url.hostname)) return 'it is a private address'
  return undefined
}

/** Whether a private address was asked for by the policy itself, and did not come out of a name. */
export function mayBePrivate(policy: NetworkPolicy, { hostname }: URL): boolean {
  return policy.hosts !== undefined && (isAddress(hostname) || isLocalName(hostname))
}

function matches(entry: string, url: URL): boolean {
  if (entry.includes('://')) return new URL(entry).origin === url.origin
  if (url.protocol !== 'https:') return false
  if (entry.startsWith('*.')) {
    const { hostname, port } = new URL(`https://${entry.slice(2)}`)
    return url.port === port && !isAddress(url.hostname) && url.hostname.endsWith(`.${hostname}`)
  }
  return new URL(`https://${entry}`).host === url.host
}

function isLocalName(hostname: string): boolean {
  return /(?:^|\.)localhost\.?$|\.(?:local|internal|lan|home\.arpa)\.?$/.test(hostname)
}
