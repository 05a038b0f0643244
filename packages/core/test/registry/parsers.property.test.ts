import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RegistryError } from '../../src/errors.ts'
import { parseChallenges } from '../../src/registry/challenge.ts'
import { parseEntry } from '../../src/registry/entries.ts'
import { parseGaesupManifest, toGaesupManifest } from '../../src/registry/gaesup-manifest.ts'
import { parseManifest } from '../../src/registry/manifest.ts'
import { parseReference } from '../../src/registry/reference.ts'
import { createHostPolicy } from '../../src/registry/host-policy.ts'
import { aContainer } from './modules.ts'

const digest = `sha256:${'a'.repeat(64)}`

test.each([
  ['math', { kind: 'oci', repository: 'math', selector: { by: 'latest' } }],
  ['team/math:1.0.0', { repository: 'team/math', selector: { by: 'tag', tag: '1.0.0' } }],
  ['team/math:^1.2 || 3', { selector: { by: 'range', range: '^1.2 || 3' } }],
  ['math:1.x', { selector: { by: 'tag', tag: '1.x' } }],
  [`math@${digest}`, { repository: 'math', selector: { by: 'digest', digest } }],
  [`math:1.0@${digest}`, { repository: 'math', selector: { by: 'digest', digest } }],
  ['ghcr.io/a/b:1', { host: 'ghcr.io', repository: 'a/b' }],
  ['localhost/a', { host: 'localhost', repository: 'a' }],
  [
    'localhost:5000/a:1',
    { host: 'localhost:5000', repository: 'a', selector: { by: 'tag', tag: '1' } },
  ],
  ['[::1]:5000/a:1', { host: '[::1]:5000', repository: 'a' }],
  ['npm:a@1.0.0/b/c.wasm', { kind: 'npm', package: 'a', version: '1.0.0', path: 'b/c.wasm' }],
  ['npm:@s/a@^1/c.wasm', { package: '@s/a', version: '^1', path: 'c.wasm' }],
  ['npm:a@next/c.wasm', { version: 'next' }],
  [`https://e.com/a.wasm#${digest}`, { kind: 'https', digest }],
])('%s is read', (text, wanted) => {
  expect(parseReference(text)).toMatchObject(wanted)
})

test.each([
  '',
  'Math',
  'a//b',
  '../a',
  'a/../b',
  'a:',
  'a:b:c',
  'a@sha256:abc',
  `a@sha512:${'a'.repeat(64)}`,
  'a b:1',
  'math:1.0/2',
  'a:99999/b',
  '1.2.3.4.5/b',
  'host.com/',
  'host.com/A',
  'host.com:99999x/a',
  'user@host.com/a',
  'npm:a',
  'npm:a@1.0.0',
  'npm:a@/b.wasm',
  'npm:../a@1.0.0/b.wasm',
  'npm:a@1.0.0/../b.wasm',
  'npm:a@1.0.0//b.wasm',
  'npm:a@1.0.0/b\\..\\c.wasm',
  'npm:a@%zz/b.wasm',
  'npm:A@1.0.0/b.wasm',
  'https://user:pw@e.com/a.wasm',
  'https://e.com/a.wasm#sha256:1',
  'https://',
  'file://server/share/a.wasm',
  `${'a'.repeat(256)}:1`,
])('%j is no reference', (text) => {
  expect(() => parseReference(text)).toThrow(expect.objectContaining({ code: 'REFERENCE_INVALID' }))
})

test('no text makes a reference that leaves its place in a URL', () => {
  const piece = fc.constantFrom(
    'a',
    'B',
    '.',
    '..',
    '/',
    ':',
    '@',
    '#',
    '?',
    '%2e',
    '\\',
    ' ',
    'npm:',
    digest,
    '\n',
    'é',
  )
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(piece, { maxLength: 12 }).map((all) => all.join('')),
  )
  fc.assert(
    fc.property(text, (input) => {
      const reference = outcome(() => parseReference(input))
      if (reference instanceof RegistryError || reference.kind !== 'oci') return
      const { host = 'registry.example', repository, selector } = reference
      const tag = selector.by === 'tag' ? selector.tag : 'latest'
      const url = new URL(`/v2/${repository}/manifests/${tag}`, `https://${host}`)
      expect(url.pathname).toBe(`/v2/${repository}/manifests/${tag}`)
      expect([url.search, url.hash, url.username]).toEqual(['', '', ''])
    }),
    { numRuns: 3000 },
  )
})

test('challenges are read as servers write them', () => {
  const read = (header: string): unknown =>
    parseChallenges(header).map(({ scheme, parameters }) => [
      scheme,
      Object.fromEntries(parameters),
    ])
  expect(read('Bearer realm="https://a/t",service="s, x",scope="a:b:pull,push"')).toEqual([
    ['bearer', { realm: 'https://a/t', service: 's, x', scope: 'a:b:pull,push' }],
  ])
  expect(read('Basic realm=r, Bearer realm = "a\\"b" , error=x')).toEqual([
    ['basic', { realm: 'r' }],
    ['bearer', { realm: 'a"b', error: 'x' }],
  ])
  expect(read('Negotiate, Basic realm="x"')).toEqual([
    ['negotiate', {}],
    ['basic', { realm: 'x' }],
  ])
  expect(read('Bearer realm="open')).toEqual([['bearer', {}]])
  expect(parseChallenges(null)).toEqual([])
})

test('no header makes the challenge parser throw or take long', () => {
  const piece = fc.constantFrom(
    'Bearer',
    ' ',
    ',',
    '=',
    '"',
    '\\',
    'realm',
    'x',
    '\t',
    '"a"',
    '====',
    'é',
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
      const challenges = parseChallenges(pieces.join(''))
      expect(challenges.every(({ scheme }) => scheme !== '')).toBe(true)
    }),
    { numRuns: 2000 },
  )
  for (const long of ['"', '\\', 'a=', 'a ', ',', '"\\', 'a="'])
    parseChallenges(`Bearer a=${long.repeat(1_000_000)}`)
})

const json = fc.json({ maxDepth: 6 }).map((text) => Buffer.from(text))
const descriptor = fc.record(
  {
    mediaType: fc.anything(),
    digest: fc.oneof(fc.constant(digest), fc.anything()),
    size: fc.anything(),
  },
  { requiredKeys: [] },
)
const almost = fc
  .record(
    {
      schemaVersion: fc.constantFrom(1, 2),
      config: descriptor,
      layers: fc.oneof(fc.array(descriptor), fc.anything()),
      annotations: fc.anything(),
      exports: fc.anything(),
      permissions: fc.anything(),
      limits: fc.anything(),
      dependencies: fc.anything(),
      source: fc.string(),
      blob: fc.constant(digest),
      metadata: fc.anything(),
      signatures: fc.anything(),
    },
    { requiredKeys: [] },
  )
  .map((value) =>
    Buffer.from(
      JSON.stringify(value, (_, one: unknown) => (typeof one === 'bigint' ? 1 : one)) ?? '',
    ),
  )

test('bytes from outside are read or refused with a RegistryError, whatever they are', () => {
  fc.assert(
    fc.property(fc.oneof(json, almost, fc.uint8Array()), (bytes) => {
      expect(outcome(() => parseManifest(bytes))).toBeInstanceOf(Object)
      expect(outcome(() => parseGaesupManifest(bytes))).toBeInstanceOf(Object)
      expect([undefined, 'object']).toContain(
        parseEntry(bytes) === undefined ? undefined : 'object',
      )
    }),
    { numRuns: 1000 },
  )
})

test('deep nesting and odd keys do no harm', () => {
  const deep = Buffer.from(`{"schemaVersion":2,"config":${'['.repeat(200_000)}`)
  expect(outcome(() => parseManifest(deep))).toBeInstanceOf(RegistryError)
  const type = '{"type":"array","itemType":'.repeat(100)
  const nested = `{"schemaVersion":1,"exports":[{"name":"f","parameters":[],"returnType":${type}{"type":"string"}${'}'.repeat(100)}}]}`
  expect(outcome(() => parseGaesupManifest(Buffer.from(nested)))).toBeInstanceOf(RegistryError)
  const keys = `{"schemaVersion":2,"config":{"mediaType":"m","digest":"${digest}","size":1},"layers":[],"annotations":{"__proto__":"x","constructor":"y"}}`
  parseManifest(Buffer.from(keys))
  expect(({} as Record<string, unknown>)['x']).toBeUndefined()
})

test('what a container says about itself comes back the same', () => {
  const said = {
    exports: [
      {
        name: 'f',
        description: 'd',
        parameters: [
          {
            name: 'a',
            type: { type: 'array' as const, itemType: { type: 'number' as const } },
            optional: true,
          },
        ],
        returnType: { type: 'object' as const, properties: { x: { type: 'string' as const } } },
      },
    ],
    dependencies: ['a:1'],
    permissions: { allowedImports: ['env.log'], network: ['e.com'], syscalls: ['fd_write'] },
    limits: { maxMemory: 1, maxCpuTime: 2 },
  }
  expect(parseGaesupManifest(toGaesupManifest(aContainer(said)) ?? new Uint8Array())).toEqual(said)
  expect(toGaesupManifest(aContainer())).toBeUndefined()
})

test('a server may not lead the client to private addresses, however they are spelt', () => {
  const check = createHostPolicy({ ownOrigins: ['https://own.example'] })
  const isAllowed = (text: string): boolean => {
    try {
      check(new URL(text), 'server')
      return true
    } catch (error) {
      expect(error).toMatchObject({ code: 'FORBIDDEN' })
      return false
    }
  }
  const open = [
    'https://cdn.example/x',
    'https://8.8.8.8',
    'https://[2606:4700::1]',
    'https://172.32.0.1',
  ]
  const closed = [
    'http://cdn.example',
    'https://localhost',
    'https://a.localhost',
    'https://127.0.0.1',
    'https://2130706433',
    'https://0x7f.1',
    'https://0.0.0.0',
    'https://10.0.0.1',
    'https://172.16.0.1',
    'https://192.168.1.1',
    'https://169.254.169.254',
    'https://100.64.0.1',
    'https://[::1]',
    'https://[::ffff:127.0.0.1]',
    'https://[fd00::1]',
    'https://[fe80::1]',
    'https://printer.local',
    'https://x.internal',
    'ftp://cdn.example',
  ]
  expect(open.map(isAllowed)).toEqual(open.map(() => true))
  expect(closed.map(isAllowed)).toEqual(closed.map(() => false))
})

function outcome<Value>(work: () => Value): Value | RegistryError {
  try {
    return work()
  } catch (error) {
    if (error instanceof RegistryError) return error
    throw error
  }
}
