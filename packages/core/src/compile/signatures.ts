import type { FunctionSignature, ParameterInfo, TypeInfo } from '../containers/types.ts'

/** A function that gives nothing: the seed's types have no word for it, so it is an object without properties. */
export const nothing: TypeInfo = { type: 'object', properties: {} }

const declaration = /^export declare function ([\w$]+)\((.*)\): (.+);$/gm
const record = /^declare interface (__Record\d+)<TOmittable> \{\n([^}]*)^\}/gm
const member = /^ {2}(\w+): (.+);$/gm
const numericArray =
  /^(?:Ui|I)nt(?:8|16|32)(?:Clamped)?Array$|^Float(?:32|64)Array$|^Big(?:Ui|I)nt64Array$/

/**
 * Signatures of exported functions, from the declarations that AssemblyScript writes for a module. Integers of 64 bits are `number`s here;
 * objects whose members stay inside the module are objects without known properties.
 */
export function signaturesOf(declarations: string): FunctionSignature[] {
  const records = new Map(
    [...declarations.matchAll(record)].map(([, name = '', body = '']) => [name, body] as const),
  )
  return [...declarations.matchAll(declaration)].map(([, name = '', list = '', result = '']) => ({
    name,
    parameters: split(list).map((one) => parameterOf(one, records)),
    returnType: typeOf(result, records, 0),
  }))
}

type Records = ReadonlyMap<string, string>

function parameterOf(text: string, records: Records): ParameterInfo {
  const colon = text.indexOf(':')
  const name = text.slice(0, colon).trim()
  const type = typeOf(text.slice(colon + 1).trim(), records, 0)
  return name.endsWith('?') ? { name: name.slice(0, -1), type, optional: true } : { name, type }
}

const deepest = 8

function typeOf(text: string, records: Records, depth: number): TypeInfo {
  const plain = text.replace(/ \| (?:null|TOmittable)/g, '')
  if (plain === 'string') return { type: 'string' }
  if (plain === 'boolean') return { type: 'boolean' }
  if (plain === 'number' || plain === 'bigint') return { type: 'number' }
  if (plain === 'void') return nothing
  if (numericArray.test(plain)) return { type: 'array', itemType: { type: 'number' } }
  if (depth >= deepest) return { type: 'object' }
  const item = /^(?:Array|ArrayLike)<(.+)>$/.exec(plain)?.[1]
  if (item !== undefined) return { type: 'array', itemType: typeOf(item, records, depth + 1) }
  return objectOf(records.get(/^__Record\d+/.exec(plain)?.[0] ?? ''), records, depth)
}

function objectOf(body: string | undefined, records: Records, depth: number): TypeInfo {
  if (body === undefined) return { type: 'object' }
  const members = [...body.matchAll(member)]
  return {
    type: 'object',
    properties: Object.fromEntries(
      members.map(([, name = '', text = '']) => [name, typeOf(text, records, depth + 1)]),
    ),
  }
}

/** Splits at commas that stand in no brackets. */
function split(list: string): string[] {
  const parts: string[] = []
  let depth = 0
  let from = 0
  for (let at = 0; at < list.length; at += 1) {
    if (list[at] === '<') depth += 1
    if (list[at] === '>') depth -= 1
    if (list[at] === ',' && depth === 0) {
      parts.push(list.slice(from, at))
      from = at + 1
    }
  }
  parts.push(list.slice(from))
  return parts.map((part) => part.trim()).filter((part) => part !== '')
}
