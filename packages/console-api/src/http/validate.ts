import type { Static, TSchema } from 'typebox'
import { Check, Errors } from 'typebox/value'
import { invalid, type ConsoleApiError } from '../errors.ts'

/** A JSON Schema together with the type that passes it. */
export interface Shape<Value> {
  readonly schema: TSchema
  parse(value: unknown): Value
}

/** A shape whose type is the schema's own; what does not pass is a VALIDATION_ERROR that names the field. */
export function shapeOf<Schema extends TSchema>(schema: Schema): Shape<Static<Schema>> {
  return {
    schema,
    parse(value) {
      if (Check(schema, value)) return value
      throw explain(schema, value)
    },
  }
}

function explain(schema: TSchema, value: unknown): ConsoleApiError {
  // An unknown field is reported twice, and the report with its name list is the clearer one.
  const error = Errors(schema, value).find((each) => each.keyword !== 'boolean')
  const path = (error?.instancePath ?? '').split('/').slice(1).map(unescape)
  if (error?.keyword === 'required') {
    const field = fieldName([...path, error.params.requiredProperties[0] ?? ''])
    return invalid(field, `${field} is required`)
  }
  if (error?.keyword === 'additionalProperties') {
    const field = fieldName([...path, error.params.additionalProperties[0] ?? ''])
    return invalid(field, `${field} is not a field of this request`)
  }
  const field = fieldName(path)
  return invalid(field, `${field} ${wordsOf(error)}${allowed(error)}`)
}

const TYPES: Readonly<Record<string, string>> = {
  array: 'a list',
  integer: 'a whole number',
  object: 'an object',
  string: 'a string',
}

/** In words for people where the checker's own are not. */
function wordsOf(error: ReturnType<typeof Errors>[number] | undefined): string {
  const words = error?.message ?? 'is not valid'
  switch (error?.keyword) {
    case 'type':
      return `must be ${TYPES[String(error.params.type)] ?? String(error.params.type)}`
    case 'minLength':
    case 'minItems':
      return error.params.limit === 1 ? 'must not be empty' : words
    case 'maxLength':
      return `must have at most ${error.params.limit} characters`
    default:
      return words
  }
}

function allowed(error: { keyword: string; params: object } | undefined): string {
  if (error?.keyword !== 'enum' || !('allowedValues' in error.params)) return ''
  return `: ${(error.params.allowedValues as unknown[]).join(', ')}`
}

function fieldName(path: readonly string[]): string {
  return path.length === 0 ? 'body' : path.join('.').slice(0, 200)
}

/** JSON pointer escapes. @see RFC 6901 */
function unescape(segment: string): string {
  return segment.replaceAll('~1', '/').replaceAll('~0', '~')
}
