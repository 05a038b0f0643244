/** The part of JSON Schema (2020-12) that this protocol is described in and checked by. */
export interface Schema {
  readonly type: 'object' | 'string' | 'number' | 'integer' | 'boolean' | 'array' | 'null'
  readonly description?: string
  readonly default?: unknown
  readonly enum?: readonly string[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  /** Absent means that other members are refused. */
  readonly additionalProperties?: Schema | true
  readonly propertyNames?: { readonly pattern: string }
  readonly maxProperties?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly pattern?: string
  readonly minimum?: number
  readonly exclusiveMinimum?: number
  readonly maximum?: number
  readonly items?: Schema
  readonly maxItems?: number
}

/** Pattern of a text without U+0000, which no path, argument or variable can hold. */
export const NO_NUL = '^[^\\u0000]*$'

/** Where and why a value does not match its schema. */
export interface SchemaFault {
  /** JSON Pointer into the value. @see RFC 6901 */
  readonly pointer: string
  readonly message: string
}

type Check = (value: unknown, schema: Schema, pointer: string) => SchemaFault | undefined

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const matchesType: Record<Schema['type'], (value: unknown) => boolean> = {
  object: isRecord,
  string: (value) => typeof value === 'string',
  number: (value) => typeof value === 'number' && Number.isFinite(value),
  integer: (value) => Number.isSafeInteger(value),
  boolean: (value) => typeof value === 'boolean',
  array: (value) => Array.isArray(value),
  null: (value) => value === null,
}

const NAMES: Record<Schema['type'], string> = {
  object: 'an object',
  string: 'a string',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  array: 'an array',
  null: 'null',
}

/** What is wrong with a text that does not match, where the pattern does not say it well. */
const PATTERN_FAULTS: ReadonlyMap<string, string> = new Map([
  [NO_NUL, 'must not contain a NUL character'],
])

const toPointer = (parent: string, key: string | number): string =>
  `${parent}/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`

const checkString: Check = (value, schema, pointer) => {
  const text = String(value)
  if (schema.enum && !schema.enum.includes(text))
    return { pointer, message: `must be one of ${schema.enum.join(', ')}` }
  if (text.length < (schema.minLength ?? 0)) return { pointer, message: 'must not be empty' }
  if (text.length > (schema.maxLength ?? Infinity))
    return { pointer, message: `must have at most ${schema.maxLength} characters` }
  if (schema.pattern !== undefined && !new RegExp(schema.pattern, 'u').test(text))
    return {
      pointer,
      message: PATTERN_FAULTS.get(schema.pattern) ?? `must match ${schema.pattern}`,
    }
  return undefined
}

const checkNumber: Check = (value, schema, pointer) => {
  const number = Number(value)
  if (number < (schema.minimum ?? -Infinity))
    return { pointer, message: `must be at least ${schema.minimum}` }
  if (number <= (schema.exclusiveMinimum ?? -Infinity))
    return { pointer, message: `must be greater than ${schema.exclusiveMinimum}` }
  if (number > (schema.maximum ?? Infinity))
    return { pointer, message: `must be at most ${schema.maximum}` }
  return undefined
}

const checkArray: Check = (value, schema, pointer) => {
  const items = value as readonly unknown[]
  if (items.length > (schema.maxItems ?? Infinity))
    return { pointer, message: `must have at most ${schema.maxItems} elements` }
  const itemSchema = schema.items
  if (!itemSchema) return undefined
  for (const [at, item] of items.entries()) {
    const fault = findSchemaFault(item, itemSchema, toPointer(pointer, at))
    if (fault) return fault
  }
  return undefined
}

const findMemberSchema = (schema: Schema, key: string): Schema | true | undefined =>
  schema.properties && Object.hasOwn(schema.properties, key)
    ? schema.properties[key]
    : schema.additionalProperties

const checkMember = (
  entry: readonly [string, unknown],
  schema: Schema,
  pointer: string,
): SchemaFault | undefined => {
  const [key, member] = entry
  const at = toPointer(pointer, key)
  const memberSchema = findMemberSchema(schema, key)
  if (memberSchema === undefined) return { pointer: at, message: 'is not known here' }
  if (schema.propertyNames && !new RegExp(schema.propertyNames.pattern, 'u').test(key))
    return { pointer: at, message: `must have a name that matches ${schema.propertyNames.pattern}` }
  return memberSchema === true ? undefined : findSchemaFault(member, memberSchema, at)
}

const checkObject: Check = (value, schema, pointer) => {
  const record = value as Record<string, unknown>
  const missing = schema.required?.find((key) => !Object.hasOwn(record, key))
  if (missing !== undefined) return { pointer: toPointer(pointer, missing), message: 'is required' }
  const entries = Object.entries(record)
  if (entries.length > (schema.maxProperties ?? Infinity))
    return { pointer, message: `must have at most ${schema.maxProperties} members` }
  for (const entry of entries) {
    const fault = checkMember(entry, schema, pointer)
    if (fault) return fault
  }
  return undefined
}

const CHECKS: Partial<Record<Schema['type'], Check>> = {
  string: checkString,
  number: checkNumber,
  integer: checkNumber,
  array: checkArray,
  object: checkObject,
}

/** First place where `value` breaks `schema`, or undefined when it does not. */
export const findSchemaFault = (
  value: unknown,
  schema: Schema,
  pointer = '',
): SchemaFault | undefined => {
  if (!matchesType[schema.type](value)) return { pointer, message: `must be ${NAMES[schema.type]}` }
  return CHECKS[schema.type]?.(value, schema, pointer)
}
