import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { createHash } from 'node:crypto'
import { withCustomSections } from '../../src/compile/abi-section.ts'
import { validateContainer } from '../../src/validate/index.ts'
import type { ContainerToValidate, ValidationResult } from '../../src/validate/index.ts'
import { assemble, i32, i64, type ModuleSource } from '../binary/assemble.ts'

const add = { params: [i32, i32], results: [i32], code: [0x20, 0, 0x20, 1, 0x6a], export: 'add' }
const plain = assemble({ functions: [add], memories: [[1, 1, 4]] })
const number = { type: 'number' } as const
const addSignature = {
  name: 'add',
  parameters: [
    { name: 'a', type: number },
    { name: 'b', type: number },
  ],
  returnType: number,
}

function check(changes: Record<string, unknown> = {}, limits = {}): Promise<ValidationResult> {
  const container = { name: 'team/adder', version: '1.2.3', bytes: plain, ...changes }
  return validateContainer(container as unknown as ContainerToValidate, limits)
}

const module = (source: ModuleSource): { bytes: Uint8Array } => ({ bytes: assemble(source) })
const codesOf = ({ errors, warnings }: ValidationResult): string[] =>
  [...errors, ...warnings].map(({ code, path }) => `${code} ${path}`)
const section = (name: string, text: string): { bytes: Uint8Array } => ({
  bytes: withCustomSections(plain, new Map([[name, new TextEncoder().encode(text)]])),
})

test('a container that is right has no findings', async () => {
  const hash = `sha256:${createHash('sha256').update(plain).digest('hex')}`
  const result = await check({
    hash,
    size: plain.length,
    exports: [addSignature],
    dependencies: ['team/base:^1.0.0', `other@${hash}`],
    description: 'Adds.',
    keywords: ['math'],
    createdAt: new Date(),
  })
  expect(result).toEqual({ valid: true, errors: [], warnings: [] })
})

test('everything that is wrong is told at once', async () => {
  const result = await check({
    name: 'No Name',
    version: 'a b',
    hash: 'sha256:00',
    size: 3,
    description: 7,
    keywords: 'x',
    dependencies: ['UPPER CASE', 'unpinned'],
    exports: [{ ...addSignature, name: 'missing' }, addSignature, addSignature],
    permissions: { allowedImports: [1], network: 'all' },
    limits: { maxMemory: -1 },
    createdAt: 'yesterday',
  })
  expect(result.valid).toBe(false)
  expect(codesOf(result).toSorted()).toEqual(
    [
      'DEPENDENCY_INVALID dependencies[0]',
      'DEPENDENCY_UNPINNED dependencies[1]',
      'EXPORT_MISSING exports[0]',
      'HASH_MISMATCH hash',
      'METADATA_INVALID permissions.allowedImports',
      'METADATA_INVALID createdAt',
      'METADATA_INVALID description',
      'METADATA_INVALID keywords',
      'METADATA_INVALID limits.maxMemory',
      'METADATA_INVALID permissions.network',
      'NAME_INVALID name',
      'PERMISSION_UNUSED permissions.allowedImports',
      'SIGNATURE_DUPLICATE exports[2]',
      'SIZE_MISMATCH size',
      'VERSION_INVALID version',
    ]
      .filter((code) => !code.startsWith('PERMISSION_UNUSED'))
      .toSorted(),
  )
})

test.each([
  [{ name: 'adder:1.0.0' }, 'NAME_INVALID name'],
  [{ name: 'npm:adder/a.wasm' }, 'NAME_INVALID name'],
  [{ name: '../../etc' }, 'NAME_INVALID name'],
  [{ name: undefined }, 'NAME_INVALID name'],
  [{ version: 'latest' }, 'VERSION_NOT_SEMVER version'],
  [{ version: 1 }, 'VERSION_INVALID version'],
  [{ bytes: undefined }, 'BYTES_MISSING bytes'],
  [{ bytes: new Uint8Array() }, 'BYTES_MISSING bytes'],
  [{ bytes: 'AGFzbQ==' }, 'BYTES_MISSING bytes'],
  [{ bytes: Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0) }, 'MODULE_INVALID bytes'],
  [{ bytes: Uint8Array.of(0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0) }, 'MODULE_UNSUPPORTED bytes'],
  [module({ memories: [[3, 1, 2]] }), 'MODULE_UNSUPPORTED bytes'],
  [
    module({
      memories: [
        [1, 1, 1],
        [1, 1, 1],
      ],
    }),
    'MODULE_UNSUPPORTED bytes',
  ],
  [module({ functions: [{ ...add, export: 'gaesup:fuel' }] }), 'RESERVED_NAME bytes'],
  [module({ tables: [[0x70, 0, 0x80, 0xad, 0xe2, 4]] }), 'MEMORY_LIMIT bytes'],
  [section('gaesup:host', ''), 'RESERVED_NAME bytes'],
  [section('gaesup:abi', 'no json'), 'ABI_INVALID bytes'],
  [section('gaesup:abi', '{"version":2}'), 'ABI_INVALID bytes'],
  [
    section(
      'gaesup:abi',
      JSON.stringify({ version: 1, exports: [{ ...addSignature, name: 'sub' }] }),
    ),
    'EXPORT_MISSING bytes.gaesup:abi[0]',
  ],
  [module({ memories: [[0, 1]] }), 'MEMORY_UNBOUNDED bytes'],
  [module({ functions: [{ code: [] }], start: 0 }), 'START_FUNCTION bytes'],
  [
    module({ imported: [{ params: [], results: [] }] }),
    'IMPORT_UNDECLARED permissions.allowedImports',
  ],
  [{ permissions: { allowedImports: ['env.f9'] } }, 'PERMISSION_UNUSED permissions.allowedImports'],
  [{ exports: [{ ...addSignature, parameters: [] }] }, 'SIGNATURE_MISMATCH exports[0]'],
  [
    { exports: [{ ...addSignature, returnType: { type: 'string' } }] },
    'SIGNATURE_MISMATCH exports[0]',
  ],
  [
    { exports: [{ ...addSignature, returnType: { type: 'int' } }] },
    'SIGNATURE_INVALID exports[0].returnType',
  ],
  [{ exports: [{ ...addSignature, returnType: null }] }, 'SIGNATURE_INVALID exports[0].returnType'],
  [{ exports: [{ name: 'add', returnType: number }] }, 'SIGNATURE_INVALID exports[0].parameters'],
  [{ exports: [null] }, 'SIGNATURE_INVALID exports[0].name'],
  [{ exports: 'add' }, 'METADATA_INVALID exports'],
])('finds what is wrong: case %#', async (changes, code) => {
  const result = await check(changes as Record<string, unknown>)
  expect(codesOf(result)).toContain(code)
  const isError = result.errors.some((one) => `${one.code} ${one.path}` === code)
  expect(result.valid).toBe(!isError && result.errors.length === 0)
})

test('a declared import is right', async () => {
  const result = await check({
    ...module({ imported: [{ params: [], results: [] }] }),
    permissions: { allowedImports: ['env.f0'] },
  })
  expect(codesOf(result)).toEqual([])
})

test('WASI needs no declaration, and a list of system calls that lacks one is a warning', async () => {
  const bytes = readFileSync(new URL('../fixtures/wasi/files.wasm', import.meta.url))
  expect((await check({ bytes })).errors).toEqual([])
  const result = await check({ bytes, permissions: { syscalls: ['fd_write'] } })
  expect(result.valid).toBe(true)
  expect(codesOf(result)).toContain('SYSCALL_UNDECLARED permissions.syscalls')
})

test('an exported function without a signature is a warning where others have one', async () => {
  const bytes = assemble({ functions: [add, { ...add, export: 'plus' }] })
  expect(codesOf(await check({ bytes, exports: [addSignature] }))).toEqual([
    'EXPORT_UNDESCRIBED exports',
  ])
  expect(codesOf(await check({ bytes }))).toEqual([])
})

test('a native function takes JSON, so its signature may say anything', async () => {
  const bytes = assemble({
    functions: [
      { params: [i32, i32], results: [i64], code: [0x42, 0], export: 'greet' },
      { params: [i32], results: [i32], code: [0x41, 0], export: 'gsp_alloc' },
    ],
  })
  const greet = { name: 'greet', parameters: [], returnType: { type: 'string' } }
  expect(codesOf(await check({ bytes, exports: [greet] }))).toEqual([])
})

test('limits of size hold for the module and for one custom section', async () => {
  expect(codesOf(await check({}, { maxBytes: plain.length - 1 }))).toEqual(['SIZE_LIMIT bytes'])
  const large = section('notes', 'x'.repeat(2 ** 20))
  expect(codesOf(await check(large))).toEqual(['SECTION_LARGE bytes'])
  expect(codesOf(await check(large, { maxSectionBytes: 2 ** 19 }))).toEqual(['SECTION_LIMIT bytes'])
})

test.each([
  [null],
  [undefined],
  [7],
  ['text'],
  [[]],
  [{}],
  [{ bytes: plain, exports: {}, permissions: [] }],
  [
    {
      get name(): string {
        throw new Error('no name today')
      },
    },
  ],
  [
    new Proxy(
      {},
      {
        get() {
          // oxlint-disable-next-line typescript/only-throw-error -- as a hostile proxy does
          throw Object.create(null)
        },
      },
    ),
  ],
])('what is no container is a finding and no throw: case %#', async (value) => {
  const result = await validateContainer(value as unknown as ContainerToValidate)
  expect(result.valid).toBe(false)
  expect(result.errors.length).toBeGreaterThan(0)
})

test.each([
  null,
  'x',
  { maxBytes: Number.NaN },
  { maxBytes: '5' },
  { maxBytes: -1 },
  { maxSectionBytes: null },
  { maxByte: 5 },
])('limits that are none are refused, not taken for no limit: %j', async (limits) => {
  const container = { name: 'team/add', version: '1.0.0', bytes: plain }
  await expect(validateContainer(container, limits as never)).rejects.toThrow(TypeError)
})

test('a signature that nests without end and a hundred thousand mistakes stay small', async () => {
  const type: Record<string, unknown> = { type: 'array' }
  type['itemType'] = type
  const nested = await check({ exports: [{ ...addSignature, returnType: type }] })
  expect(codesOf(nested)[0]).toMatch(/^SIGNATURE_INVALID exports\[0\]\.returnType\.itemType/)
  const many = await check({ exports: Array.from({ length: 100_000 }, () => null) })
  expect(many.errors).toHaveLength(1000)
})

test('a type that stands in many places is gone through once, and its depth counts in each', async () => {
  const doubled = (levels: number): unknown => {
    let type: unknown = number
    for (let n = 0; n < levels; n += 1)
      type = { type: 'object', properties: { left: type, right: type } }
    return type
  }
  const good = await check({ exports: [{ ...addSignature, returnType: doubled(32) }] })
  expect(codesOf(good)).toEqual(['SIGNATURE_MISMATCH exports[0]'])
  const shared = doubled(32)
  const deeper = { type: 'object', properties: { first: number, other: shared } }
  const both = [
    { ...addSignature, returnType: shared },
    { ...addSignature, name: 'sub', returnType: deeper },
  ]
  expect(codesOf(await check({ exports: both })).join()).toContain('SIGNATURE_INVALID exports[1]')
})
