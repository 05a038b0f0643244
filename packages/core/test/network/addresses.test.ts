import { expect, test } from 'vitest'
import { isPublicAddress } from '../../src/network/addresses.ts'
import { refusalOf } from '../../src/network/policy.ts'
import { resolveNetwork } from '../../src/network/resolve-policy.ts'

test.each([
  '0.0.0.0',
  '10.1.2.3',
  '100.64.0.1',
  '127.0.0.1',
  '127.255.255.254',
  '169.254.169.254',
  '172.16.0.1',
  '172.31.255.255',
  '192.0.0.8',
  '192.168.1.1',
  '198.18.0.1',
  '224.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '[::1]',
  '::ffff:127.0.0.1',
  '::ffff:7f00:1',
  '::ffff:8.8.8.8',
  '64:ff9b::7f00:1',
  'fc00::1',
  'fd12:3456::1',
  'fe80::1%eth0',
  'ff02::1',
  '2002:7f00:1::',
  '2001:0:1::',
  '2001:db8::1',
  'localhost',
  '',
  '1.2.3',
  '1.2.3.256',
  ':::',
  '1::2::3',
  'g::1',
])('%s is no public address', (address) => {
  expect(isPublicAddress(address)).toBe(false)
})

test.each(['8.8.8.8', '172.32.0.1', '100.128.0.1', '2606:4700::1111', '[2a00:1450::1]', '1.1.1.1'])(
  '%s is a public address',
  (address) => {
    expect(isPublicAddress(address)).toBe(true)
  },
)

const asked = (access: Parameters<typeof resolveNetwork>[0], url: string): boolean => {
  const policy = resolveNetwork(access)
  return policy !== undefined && refusalOf(policy, new URL(url)) === undefined
}

test.each([
  'https://127.0.0.1/',
  'https://0x7f.1/',
  'https://2130706433/',
  'https://[::ffff:127.0.0.1]/',
  'https://localhost/',
  'https://localhost./',
  'https://db.internal./',
  'https://a.localhost/',
  'https://printer.local/',
  'https://metadata.google.internal/',
  'http://example.com/',
  'ftp://example.com/',
  'https://name:word@example.com/',
])('networkAccess: true does not reach %s', (url) => {
  expect(asked(true, url)).toBe(false)
})

test('hosts are matched as a whole, with scheme and port', () => {
  const hosts = [
    'api.example.com',
    '*.cdn.example',
    '*.port.example:8443',
    '*.bücher.example',
    'other.example:8443',
    'http://127.0.0.1:8080',
  ]
  const good = [
    'https://api.example.com/x',
    'https://API.example.com/',
    'https://a.cdn.example/',
    'https://a.b.cdn.example/',
    'https://a.port.example:8443/',
    'https://a.bücher.example/',
    'https://other.example:8443/',
    'http://127.0.0.1:8080/',
  ]
  const bad = [
    'http://api.example.com/',
    'https://api.example.com:444/',
    'https://api.example.com.evil.example/',
    'https://evil-api.example.com/',
    'https://api.example.com@evil.example/',
    'https://cdn.example/',
    'https://evilcdn.example/',
    'https://a.cdn.example:8080/',
    'https://a.port.example/',
    'https://port.example:8443/',
    'https://other.example/',
    'https://127.0.0.1:8080/',
    'http://127.0.0.1:8081/',
    'http://localhost:8080/',
  ]
  expect(good.filter((url) => !asked({ hosts }, url))).toEqual([])
  expect(bad.filter((url) => asked({ hosts }, url))).toEqual([])
  expect(asked({ hosts: ['*.0.0.1'] }, 'https://127.0.0.1/')).toBe(false)
  expect(asked({ hosts: [] }, 'https://example.com/')).toBe(false)
})

test.each([
  { hosts: 'example.com' },
  { hosts: ['https://example.com/path'] },
  { hosts: ['a b'] },
  { hosts: ['*'] },
  { hosts: ['*.https://example.com'] },
  { hosts: ['ftp://example.com'] },
  { hosts: ['name@example.com'] },
  { hosts: ['example.com?x'] },
  { hosts: ['example.com#x'] },
  { hosts: [], timeoutMs: 2 ** 31 },
  { hosts: [], timeoutMs: -1 },
  { hosts: [], maxResponseBytes: Number.NaN },
  { hosts: [], maxRedirect: 1 },
  {},
])('networkAccess %j is misuse', (access) => {
  expect(() => resolveNetwork(access as never)).toThrow(TypeError)
})
