import type { Params } from './json-rpc.ts'
import { METHOD_DESCRIPTIONS } from './method-schemas.ts'
import type { MethodName, Methods } from './methods.ts'
import { parseCommand, type Parsed } from './parse-command.ts'
import { findSchemaFault, type Schema } from './schema.ts'

const isList = (params: Params): params is readonly unknown[] => Array.isArray(params)

/** By-position parameters → by-name; undefined when there are too many. */
const toNamed = (
  names: readonly string[],
  params: Params,
): Readonly<Record<string, unknown>> | undefined => {
  if (!isList(params)) return params ?? {}
  if (params.length > names.length) return undefined
  return Object.fromEntries(params.map((value, at) => [names[at] ?? '', value]))
}

const isId = (value: unknown): boolean => typeof value === 'string' || typeof value === 'number'

const parseCancel = (named: Readonly<Record<string, unknown>>): Parsed<unknown> =>
  isId(named['id'])
    ? { ok: true, value: named }
    : { ok: false, fault: { pointer: '/id', message: 'must be a string or a number' } }

const parseExecute = (named: Readonly<Record<string, unknown>>): Parsed<unknown> => {
  const command = parseCommand(named['command'])
  if (command.ok)
    return { ok: true, value: { sessionId: named['sessionId'], command: command.value } }
  return {
    ok: false,
    fault: { pointer: `/command${command.fault.pointer}`, message: command.fault.message },
  }
}

const toSchema = (method: MethodName): Schema => {
  const { params, required, open } = METHOD_DESCRIPTIONS[method]
  return {
    type: 'object',
    properties: params,
    required,
    ...(open === true ? { additionalProperties: true } : {}),
  }
}

/** True for the name of a method of this protocol. */
export const isMethodName = (name: string): name is MethodName =>
  Object.hasOwn(METHOD_DESCRIPTIONS, name)

/** Checks parameters, given by name or by position, and returns them by name. */
export const parseParams = <M extends MethodName>(
  method: M,
  params: Params,
): Parsed<Methods[M]['params']> => {
  const named = toNamed(Object.keys(METHOD_DESCRIPTIONS[method].params), params)
  if (!named) return { ok: false, fault: { pointer: '', message: 'has too many elements' } }
  if (method === '$/cancelRequest') return parseCancel(named) as Parsed<Methods[M]['params']>
  const fault = findSchemaFault(named, toSchema(method))
  if (fault) return { ok: false, fault }
  if (method === 'session.execute') return parseExecute(named) as Parsed<Methods[M]['params']>
  return { ok: true, value: named as Methods[M]['params'] }
}
