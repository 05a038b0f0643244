import { validateContainer, type ContainerToValidate } from '../../src/index.ts'
import { equal, of, type Case } from '../both/case.ts'

/** `(module (memory 1 1) (func (export "f")))` with a custom section of 100 bytes behind it. */
const module = Uint8Array.from([
  0,
  0x61,
  0x73,
  0x6d,
  1,
  0,
  0,
  0,
  1,
  4,
  1,
  0x60,
  0,
  0,
  3,
  2,
  1,
  0,
  5,
  4,
  1,
  1,
  1,
  1,
  7,
  5,
  1,
  1,
  0x66,
  0,
  0,
  0x0a,
  4,
  1,
  2,
  0,
  0x0b,
  0,
  100,
  1,
  0x78,
  ...new Uint8Array(98),
])

/** What is wrong, in which field, and the code and path it is told with. */
const wrong: readonly (readonly [field: string, value: unknown, finding: string])[] = [
  ['name', '../../etc', 'NAME_INVALID name'],
  ['name', { toString: () => 'a' }, 'NAME_INVALID name'],
  ['version', 'a b', 'VERSION_INVALID version'],
  ['bytes', 'AGFzbQ==', 'BYTES_MISSING bytes'],
  ['bytes', new Uint8Array(9), 'MODULE_INVALID bytes'],
  ['description', 7, 'METADATA_INVALID description'],
  ['author', {}, 'METADATA_INVALID author'],
  ['license', [], 'METADATA_INVALID license'],
  ['repository', 1, 'METADATA_INVALID repository'],
  ['keywords', 'x', 'METADATA_INVALID keywords'],
  ['dependencies', ['UPPER CASE'], 'DEPENDENCY_INVALID dependencies[0]'],
  ['exports', [null], 'SIGNATURE_INVALID exports[0].name'],
  [
    'exports',
    [{ name: 'g', parameters: [], returnType: { type: 'number' } }],
    'EXPORT_MISSING exports[0]',
  ],
  ['permissions', 7, 'METADATA_INVALID permissions'],
  ['limits', 7, 'METADATA_INVALID limits'],
  ['createdAt', new Date(Number.NaN), 'METADATA_INVALID createdAt'],
  ['hash', 'sha256:00', 'HASH_MISMATCH hash'],
  ['size', 3, 'SIZE_MISMATCH size'],
]
const inside: typeof wrong = [
  ['permissions.allowedImports', [1], 'METADATA_INVALID permissions.allowedImports'],
  ['permissions.network', 'all', 'METADATA_INVALID permissions.network'],
  ['permissions.syscalls', [null], 'METADATA_INVALID permissions.syscalls'],
  ['limits.maxMemory', -1, 'METADATA_INVALID limits.maxMemory'],
  ['limits.maxCpuTime', Number.NaN, 'METADATA_INVALID limits.maxCpuTime'],
]

async function findings(changes: object, limits = {}): Promise<string[]> {
  const container = { name: 'team/f', version: '1.0.0', bytes: module, ...changes }
  const { errors } = await validateContainer(container as ContainerToValidate, limits)
  return errors.map(({ code, path }) => `${code} ${path}`)
}

function nested([place, value]: (typeof wrong)[number]): object {
  const [outer = '', inner = ''] = place.split('.')
  return inner === '' ? { [outer]: value } : { [outer]: { [inner]: value } }
}

const data =
  'name version bytes description author license repository keywords dependencies exports permissions limits createdAt'

/** What the author of a container says of it is not believed. */
export const validateCases: readonly Case[] = [
  {
    title: 'validateContainer: each field that lies or is of another type is told by its name',
    attacks: [
      ...of('ContainerData', data),
      ...of('ContainerToValidate', 'hash size'),
      ...of('ContainerPermissions', 'allowedImports network syscalls'),
      ...of('ContainerLimits', 'maxMemory maxCpuTime'),
    ],
    async run() {
      equal(await findings({}), [])
      for (const one of [...wrong, ...inside]) equal(await findings(nested(one)), [one[2]])
      for (const nothing of [null, undefined, 7, [], 'text'])
        equal((await validateContainer(nothing as never)).valid, false)
    },
  },
  {
    title: 'maxBytes and maxSectionBytes of validateContainer: one byte more is told',
    attacks: of('ValidationLimits', 'maxBytes maxSectionBytes'),
    async run() {
      equal(await findings({}, { maxBytes: module.length }), [])
      equal(await findings({}, { maxBytes: module.length - 1 }), ['SIZE_LIMIT bytes'])
      const [found = ''] = await findings({}, { maxSectionBytes: 50 })
      equal(found.split(' ')[0], 'SECTION_LIMIT')
    },
  },
]
