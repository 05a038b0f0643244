import type { FunctionSignature, ParameterInfo, TypeInfo } from '../containers/types.ts'

const simple: Readonly<Record<string, TypeInfo>> = {
  string: { type: 'string' },
  number: { type: 'number' },
  boolean: { type: 'boolean' },
}

/**
 * Signatures of the functions a source exports, as far as `export function` and its annotations tell them; what is not annotated with a plain
 * type or an array of one is an object.
 */
export function signaturesInSource(
  source: string,
  functions: readonly (readonly [name: string, length: number])[],
): FunctionSignature[] {
  return functions.map(([name, length]) => {
    const declared = new RegExp(
      // No two parts beside each other take the same characters: a source cannot make it look at its blanks again and again.
      String.raw`export\s+(?:async\s+)?function\s*(?:\*\s*)?${name.replaceAll(/\W/g, String.raw`\$&`)}\s*\(([^()]*)\)\s*(?::([^{\n]{0,500})(?:\n\s*)?)?\{`,
    ).exec(source)
    if (declared === null)
      return { name, parameters: unnamed(length), returnType: { type: 'object' } }
    const [, list = '', result = ''] = declared
    return { name, parameters: parametersIn(list), returnType: typeOf(result) }
  })
}

function unnamed(length: number): ParameterInfo[] {
  return Array.from({ length }, (_, n) => ({ name: `argument${n}`, type: { type: 'object' } }))
}

function parametersIn(list: string): ParameterInfo[] {
  // Destructured or nested parameters are more than a name and a type.
  const isPlain = !/[{}[\]<>](?!\])/.test(list.replaceAll('[]', ''))
  const parts = list
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
  if (!isPlain)
    return parts.map((_, n) => ({ name: `argument${n}`, type: { type: 'object' }, optional: true }))
  return parts.map((part) => {
    const [, name = part, mark, type = ''] =
      /^(?:\.\.\.)?([\w$]+)(\?)?(?:\s*:\s*([^=]+))?/.exec(part) ?? []
    const isOptional = mark === '?' || part.includes('=') || part.startsWith('...')
    const found = { name, type: typeOf(type) }
    return isOptional ? { ...found, optional: true } : found
  })
}

function typeOf(text: string): TypeInfo {
  const plain = text.trim().replace(/^Promise<(.*)>$/, '$1')
  if (plain.endsWith('[]')) return { type: 'array', itemType: typeOf(plain.slice(0, -2)) }
  const known = Object.hasOwn(simple, plain) ? simple[plain] : undefined
  if (known !== undefined) return known
  return plain === 'void' ? { type: 'object', properties: {} } : { type: 'object' }
}
