import { RegistryError } from '../errors.ts'
import { isAddress, isPublicAddress } from '../network/addresses.ts'
import { shown } from './digest.ts'

/** Who chose an address: the caller, in a reference, or a server, in a redirect or a challenge. */
export type AddressChoice = 'caller' | 'server'

/** Throws `RegistryError` with `FORBIDDEN` for an address that must not be asked. */
export type CheckAddress = (url: URL, choice: AddressChoice) => void

/** What addresses a client may ask. */
export interface HostPolicyOptions {
  /** Origins from the client's own options. They are always allowed, also over plain HTTP. */
  readonly ownOrigins: readonly string[]
  /**
   * Hosts, with their port where it is not 443, that may be asked besides; `*.example.com` stands for every host below
   * it. Default: every host, except that servers may not send the client to private addresses.
   */
  readonly hosts?: readonly string[] | undefined
}

/** Makes the one place where it is decided what addresses are asked. */
export function createHostPolicy({ ownOrigins, hosts }: HostPolicyOptions): CheckAddress {
  const own = new Set(ownOrigins)
  return (url, choice) => {
    if (own.has(url.origin)) return
    const isListed = hosts?.some((pattern) => matchesHost(url, pattern.toLowerCase())) ?? false
    const isLoopback = isPrivateHost(url.hostname) && isLoopbackHost(url.hostname)
    const mayBePlain = isLoopback && (choice === 'caller' || isListed)
    if (url.protocol !== 'https:' && !(url.protocol === 'http:' && mayBePlain)) {
      throw forbidden(url, 'only https is allowed there')
    }
    if (hosts !== undefined && !isListed) {
      throw forbidden(url, 'the option "hosts" does not list it')
    }
    if (!isListed && choice === 'server' && isPrivateHost(url.hostname)) {
      throw forbidden(url, 'a server named this private address; list it in the option "hosts"')
    }
  }
}

function matchesHost(url: URL, pattern: string): boolean {
  const isBelow = pattern.startsWith('*.')
  // As a URL writes it, names in other scripts included.
  const wanted = URL.parse(`https://${isBelow ? pattern.slice(2) : pattern}`)
  if (wanted === null || wanted.host === '') return false
  if (!isBelow) return url.host === wanted.host
  return url.port === wanted.port && url.hostname.endsWith(`.${wanted.hostname}`)
}

/** Whether a host name says that it is of this machine. */
export function isLoopbackHost(hostname: string): boolean {
  return (
    /(?:^|\.)localhost\.?$/.test(hostname) ||
    hostname === '[::1]' ||
    /^127(?:\.\d{1,3}){3}$/.test(hostname)
  )
}

/**
 * Whether a host name, as `URL` writes it, says that it is of this machine or network. A public name that leads to a
 * private address cannot be told from here.
 */
export function isPrivateHost(hostname: string): boolean {
  if (isAddress(hostname)) return !isPublicAddress(hostname)
  return isLoopbackHost(hostname) || /\.(?:local|internal|lan|home\.arpa)\.?$/.test(hostname)
}

function forbidden(url: URL, why: string): RegistryError {
  return new RegistryError(`${shown(url.origin)} was not asked: ${why}.`, 'FORBIDDEN', {
    host: url.host,
  })
}
