import type { FunctionSignature, ParameterInfo, TypeInfo } from '../containers/types.ts'
import { RegistryError } from '../errors.ts'
import { asCount, asObject, asText, asTexts, parseObject, toJsonBytes } from './json.ts'
import type { ContainerData, ContainerLimits, ContainerPermissions } from './types.ts'

/** What annotations cannot carry: the layer `application/vnd.gaesup.manifest.v1+json`. */
export interface GaesupManifest {
  exports?: FunctionSignature[]
  dependencies?: string[]
  permissions?: ContainerPermissions
  limits?: ContainerLimits
}

/** Most bytes of the layer. */
export const largestGaesupManifest: number = 1024 * 1024
/** Deeper ones could be read here, and be too deep to be written where less of the stack is left. */
const deepestType = 16
const typeNames: ReadonlySet<unknown> = new Set(['string', 'number', 'boolean', 'object', 'array'])

/** The layer of a container; `undefined` when there is nothing to say, so that plain artifacts stay plain. */
export function toGaesupManifest(data: ContainerData): Uint8Array<ArrayBuffer> | undefined {
  const { exports, dependencies, permissions, limits } = data
  const fields = withoutUndefined({ exports, dependencies, permissions, limits })
  if (Object.keys(fields).length === 0) return undefined
  return toJsonBytes({ schemaVersion: 1, ...fields })
}

/** The layer from outside. Fields that it does not know are left out. Throws `RegistryError` with `REGISTRY_FAILED`. */
export function parseGaesupManifest(bytes: Uint8Array): GaesupManifest {
  const fields = bytes.length <= largestGaesupManifest ? parseObject(bytes) : undefined
  if (fields?.['schemaVersion'] !== 1) return malformed('it is not of version 1')
  return withoutUndefined({
    exports: optional(fields['exports'], (value) => list(value, signature)),
    dependencies: optional(fields['dependencies'], texts),
    permissions: optional(fields['permissions'], permissions),
    limits: optional(fields['limits'], limits),
  })
}

function optional<Value>(value: unknown, parse: (value: unknown) => Value): Value | undefined {
  return value === undefined ? undefined : parse(value)
}

function list<Item>(value: unknown, parse: (item: unknown) => Item): Item[] {
  return Array.isArray(value) ? value.map(parse) : malformed('a list in it is none')
}

function texts(value: unknown): string[] {
  return asTexts(value) ?? malformed('a list of texts in it is none')
}

function object(value: unknown): Record<string, unknown> {
  return asObject(value) ?? malformed('an object in it is none')
}

function text(value: unknown): string {
  return asText(value) ?? malformed('a name in it is none')
}

function signature(value: unknown): FunctionSignature {
  const fields = object(value)
  return withoutUndefined({
    name: text(fields['name']),
    parameters: list(fields['parameters'], parameter),
    returnType: typeInfo(fields['returnType'], 0),
    description: asText(fields['description']),
  })
}

function parameter(value: unknown): ParameterInfo {
  const fields = object(value)
  const isOptional = fields['optional']
  return withoutUndefined({
    name: text(fields['name']),
    type: typeInfo(fields['type'], 0),
    optional: typeof isOptional === 'boolean' ? isOptional : undefined,
    default: shallow(fields['default'], 0),
  })
}

function shallow(value: unknown, depth: number): unknown {
  if (depth > deepestType) return malformed('a default in it nests too deep')
  if (typeof value === 'object' && value !== null)
    for (const inner of Object.values(value)) shallow(inner, depth + 1)
  return value
}

function typeInfo(value: unknown, depth: number): TypeInfo {
  const fields = object(value)
  const type = fields['type']
  if (depth > deepestType || !isTypeName(type)) return malformed('a type in it is none')
  const inner = (nested: unknown): TypeInfo => typeInfo(nested, depth + 1)
  return withoutUndefined({
    type,
    itemType: optional(fields['itemType'], inner),
    properties: optional(fields['properties'], (nested) =>
      Object.fromEntries(Object.entries(object(nested)).map(([name, one]) => [name, inner(one)])),
    ),
  })
}

function isTypeName(value: unknown): value is TypeInfo['type'] {
  return typeNames.has(value)
}

function permissions(value: unknown): ContainerPermissions {
  const fields = object(value)
  return withoutUndefined({
    allowedImports: optional(fields['allowedImports'], texts),
    network: optional(fields['network'], texts),
    syscalls: optional(fields['syscalls'], texts),
  })
}

function limits(value: unknown): ContainerLimits {
  const fields = object(value)
  return withoutUndefined({
    maxMemory: optional(fields['maxMemory'], count),
    maxCpuTime: optional(fields['maxCpuTime'], count),
  })
}

function count(value: unknown): number {
  return asCount(value) ?? malformed('a limit in it is no whole number')
}

type Defined<Fields> = {
  [Key in keyof Fields as undefined extends Fields[Key] ? never : Key]: Fields[Key]
} & {
  [Key in keyof Fields as undefined extends Fields[Key] ? Key : never]?: Exclude<
    Fields[Key],
    undefined
  >
}

/** The fields that have a value; `exactOptionalPropertyTypes` tells absent from undefined. */
export function withoutUndefined<Fields extends object>(fields: Fields): Defined<Fields> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as Defined<Fields>
}

function malformed(why: string): never {
  throw new RegistryError(
    `The gaesup manifest of the container cannot be read because ${why}.`,
    'REGISTRY_FAILED',
  )
}
