import { BlockList, isIPv4, isIPv6 } from 'node:net'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isAddress, isPublicAddress } from '../../src/network/addresses.ts'
import { refusalOf } from '../../src/network/policy.ts'
import { resolveNetwork } from '../../src/network/resolve-policy.ts'

const seed = 20_261_121

/** The same networks, as Node looks at them. */
const reserved = new BlockList()
for (const [net, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const)
  reserved.addSubnet(net, bits, 'ipv4')
const handedOut = new BlockList()
handedOut.addSubnet('2000::', 3, 'ipv6')

test('a network of IPv4 is public or not as Node counts it, however it is written in IPv6', () => {
  fc.assert(
    fc.property(fc.ipV4(), (address) => {
      expect(isPublicAddress(address)).toBe(!reserved.check(address, 'ipv4'))
      // An address of IPv4 inside of one of IPv6 is asked by IPv4, past what looks at that.
      for (const prefix of ['::ffff:', '::', '64:ff9b::', '::ffff:0:'])
        expect(isPublicAddress(prefix + address)).toBe(false)
    }),
    { numRuns: 3000, seed },
  )
})

test('an address of IPv6 that is public is one that is handed out', () => {
  fc.assert(
    fc.property(fc.ipV6(), (address) => {
      if (isPublicAddress(address)) expect(handedOut.check(address, 'ipv6')).toBe(true)
      const { hostname } = new URL(`https://[${address}]`)
      expect(isAddress(hostname)).toBe(true)
      expect(isPublicAddress(hostname)).toBe(isPublicAddress(address))
    }),
    { numRuns: 3000, seed },
  )
})

test('no text that is no address is a public one, and none of any kind that is not is asked', () => {
  const policy = resolveNetwork(true)
  const text = fc.oneof(
    fc.string({ unit: fc.constantFrom(...Array.from('0123456789abcdefx:.[]%/@')) }),
    fc.ipV4Extended(),
    fc.domain(),
    fc.nat().map(String),
  )
  fc.assert(
    fc.property(text, (one) => {
      if (isPublicAddress(one)) expect(isIPv4(plain(one)) || isIPv6(plain(one))).toBe(true)
      const url = URL.parse(`https://${one}`)
      if (url === null || policy === undefined || refusalOf(policy, url) !== undefined) return
      if (isAddress(url.hostname)) expect(isPublicAddress(url.hostname)).toBe(true)
    }),
    { numRuns: 5000, seed },
  )
})

function plain(text: string): string {
  return text.replace(/^\[|\]$/g, '')
}
