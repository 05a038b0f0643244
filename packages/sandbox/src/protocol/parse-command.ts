import { COMMAND_SCHEMAS, MEMBER_ALIASES, TYPE_ALIASES } from './command-schemas.ts'
import type { Command, CommandType } from './commands.ts'
import { isBase64 } from './base64.ts'
import { findSchemaFault, type SchemaFault } from './schema.ts'

/** A checked value, or where and why it is not valid. */
export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly fault: SchemaFault }

const failed = (pointer: string, message: string): Parsed<never> => ({
  ok: false,
  fault: { pointer, message },
})

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const findType = (type: unknown): CommandType | undefined => {
  if (typeof type !== 'string') return undefined
  if (Object.hasOwn(COMMAND_SCHEMAS, type)) return type as CommandType
  return TYPE_ALIASES.get(type)
}

const findEncodingFault = (command: Command): SchemaFault | undefined => {
  if (command.type === 'write_file' && command.encoding === 'base64' && !isBase64(command.content))
    return { pointer: '/content', message: 'must be base64, because "encoding" says so' }
  if (command.type !== 'execute_shell' || command.stdinEncoding !== 'base64') return undefined
  return isBase64(command.stdin ?? '')
    ? undefined
    : { pointer: '/stdin', message: 'must be base64, because "stdinEncoding" says so' }
}

/** Names the member as the client wrote it. */
const toSentPointer = (fault: SchemaFault, sent: ReadonlyMap<string, string>): SchemaFault => {
  const alias = sent.get(fault.pointer.slice(1))
  return alias === undefined ? fault : { ...fault, pointer: `/${alias}` }
}

/** Checks a command and returns it with canonical names. Both vocabularies of the original are accepted. */
export const parseCommand = (value: unknown): Parsed<Command> => {
  if (!isRecord(value)) return failed('', 'must be an object')
  const type = findType(value['type'])
  if (!type)
    return failed(
      '/type',
      `must be one of ${[...Object.keys(COMMAND_SCHEMAS), ...TYPE_ALIASES.keys()].join(', ')}`,
    )
  const aliases = MEMBER_ALIASES[type] ?? {}
  const sent = new Map<string, string>()
  const members: [string, unknown][] = []
  for (const [key, member] of Object.entries(value)) {
    const canonical = Object.hasOwn(aliases, key) ? aliases[key] : undefined
    if (canonical !== undefined && Object.hasOwn(value, canonical))
      return failed(`/${key}`, `means the same as "${canonical}"; send one of them`)
    if (canonical !== undefined) sent.set(canonical, key)
    members.push([canonical ?? key, member])
  }
  const command = Object.fromEntries([...members, ['type', type]]) as unknown as Command
  const fault = findSchemaFault(command, COMMAND_SCHEMAS[type]) ?? findEncodingFault(command)
  return fault ? { ok: false, fault: toSentPointer(fault, sent) } : { ok: true, value: command }
}
