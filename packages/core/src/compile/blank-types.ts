import { tsPlugin } from '@sveltejs/acorn-typescript'
import { Parser } from 'acorn'
import { placeOf, sourceFile } from './source.ts'
import type { CompileDiagnostic } from './types.ts'

/** A node of the tree. */
interface Node {
  readonly type: string
  readonly start: number
  readonly end: number
}
type Fields = Node & Readonly<Record<string, unknown>>

/** Declarations that only types see. */
const typesOnly = new Set([
  'TSInterfaceDeclaration',
  'TSTypeAliasDeclaration',
  'TSDeclareFunction',
  'TSDeclareMethod',
  'TSAbstractMethodDefinition',
  'TSAbstractPropertyDefinition',
  'TSAbstractAccessorProperty',
  'TSIndexSignature',
])
/** What has a meaning at run time, so that blanks cannot stand for it. */
const meaningful: Readonly<Record<string, string>> = {
  TSEnumDeclaration: 'TypeScript enum is not supported in strip-only mode',
  TSModuleDeclaration: 'TypeScript namespace is not supported in strip-only mode',
  TSParameterProperty: 'TypeScript parameter property is not supported in strip-only mode',
  TSImportEqualsDeclaration: 'TypeScript import equals is not supported in strip-only mode',
  TSExportAssignment: 'TypeScript export assignment is not supported in strip-only mode',
  TSTypeAssertion: 'An angle-bracket type assertion is not supported; use "as"',
  Decorator: 'Decorators are not supported',
}
/** Fields that hold types and nothing else. */
const typeFields = [
  'typeAnnotation',
  'returnType',
  'typeParameters',
  'typeArguments',
  'superTypeParameters',
  'superTypeArguments',
]
/** What may stand before a member's name and is no JavaScript. */
const modifiers = /\b(?:public|private|protected|readonly|override|abstract)\b/g
const members = ['PropertyDefinition', 'MethodDefinition', 'AccessorProperty']
/** Where a question mark or an exclamation mark after a name is a type's. */
const marked = [...members, 'Identifier', 'ObjectPattern', 'ArrayPattern', 'VariableDeclarator']

class Refused extends Error {
  readonly at: number

  constructor(message: string, at: number) {
    super(message)
    this.at = at
  }
}

/**
 * TypeScript with blanks where its types were, so that every line and column stays; or why it is none. What is more than types (`enum`,
 * `namespace`, parameter properties) is refused. For where Node's own `stripTypeScriptTypes` is not.
 */
export function blankTypes(source: string): string | CompileDiagnostic {
  try {
    const program = Parser.extend(tsPlugin()).parse(source, {
      ecmaVersion: 'latest',
      sourceType: 'module',
      // Its plugin needs them.
      locations: true,
    })
    return new Blanker(source).blank(program as unknown as Fields)
  } catch (error) {
    const { message, pos } = error as { message: string; pos?: number }
    const at = error instanceof Refused ? error.at : pos
    if (at === undefined) throw error
    const text = message.replace(/ \(\d+:\d+\)$/, '')
    return { severity: 'error', message: text, file: sourceFile, ...placeOf(source, at) }
  }
}

interface Part {
  readonly from: number
  readonly to: number
  readonly text: string
}

/** What a line must not begin with after one that lost its end. */
const continues = /^[^\S\n]*\n\s*[([`]/

class Blanker {
  readonly #source: string
  readonly #parts: Part[] = []

  constructor(source: string) {
    this.#source = source
  }

  blank(program: Fields): string {
    this.#visit(program)
    let out = ''
    let at = 0
    for (const { from, to, text } of this.#parts.toSorted((a, b) => a.from - b.from)) {
      if (from < at) continue
      out += this.#source.slice(at, from) + text
      at = to
    }
    return out + this.#source.slice(at)
  }

  #visit(node: Fields): void {
    if (isTypesOnly(node)) return this.#erase(node, ';')
    const refusal = Object.hasOwn(meaningful, node.type) ? meaningful[node.type] : undefined
    if (refusal !== undefined) throw new Refused(refusal, node.start)
    this.#words(node)
    this.#mark(node)
    if (node.type === 'TSNonNullExpression') this.#erase({ start: node.end - 1, end: node.end })
    for (const [name, value] of Object.entries(node)) {
      if (typeFields.includes(name)) this.#types(node, name, value)
      else if (name === 'specifiers' || name === 'params') this.#list(value as Fields[])
      else if (name !== 'implements') this.#children(value)
    }
  }

  #children(value: unknown): void {
    for (const child of Array.isArray(value) ? (value as unknown[]) : [value])
      if (isNode(child)) this.#visit(child)
  }

  /** Elements that are types go with the comma behind them. */
  #list(elements: readonly Fields[]): void {
    for (const one of elements) {
      const isType = one['importKind'] === 'type' || one['exportKind'] === 'type'
      if (!isType && !(one.type === 'Identifier' && one['name'] === 'this')) this.#visit(one)
      else {
        const comma = /^\s*,/.exec(this.#source.slice(one.end))?.[0].length ?? 0
        this.#erase({ start: one.start, end: one.end + comma })
      }
    }
  }

  /** A type behind an expression, a name, or a list of parameters. */
  #types(node: Fields, name: string, value: unknown): void {
    if (!isNode(value)) return
    if (node.type === 'TSAsExpression' || node.type === 'TSSatisfiesExpression') {
      const word = node.type === 'TSAsExpression' ? 'as' : 'satisfies'
      const start = this.#source.lastIndexOf(word, value.start - 1)
      this.#erase({ start, end: node.end }, '')
    } else if (name === 'returnType' && node.type === 'ArrowFunctionExpression') {
      this.#returnType(value)
    } else this.#erase(value, name === 'typeAnnotation' ? '' : undefined)
  }

  /** No line may end between the parameters of an arrow function and its arrow, so the parenthesis moves behind the type. */
  #returnType({ start, end }: Node): void {
    const paren = this.#source.lastIndexOf(')', start)
    if (!this.#source.slice(paren, end).includes('\n')) return this.#erase({ start, end })
    const text = `${blanks(this.#source.slice(paren, end - 1))})`
    this.#parts.push({ from: paren, to: end, text })
  }

  /** Words before and after a name that only types have. */
  #words(node: Fields): void {
    if (node['abstract'] === true && node.type.startsWith('Class')) {
      const start = this.#source.indexOf('abstract', node.start)
      this.#erase({ start, end: start + 'abstract'.length })
    }
    const { implements: list, key } = node
    const [first] = Array.isArray(list) ? (list as Node[]) : []
    if (first !== undefined) {
      const end = (list as Node[]).at(-1)?.end ?? first.end
      this.#erase({ start: this.#source.lastIndexOf('implements', first.start), end })
    }
    if (!members.includes(node.type) || !isNode(key)) return
    for (const { 0: word, index } of this.#source
      .slice(node.start, key.start)
      .matchAll(modifiers)) {
      const [start, end] = [node.start + index, node.start + index + word.length]
      this.#erase({ start, end }, /^\s*[[*]/.test(this.#source.slice(end)) ? ';' : undefined)
    }
  }

  #mark(node: Fields): void {
    if (node['optional'] !== true && node['definite'] !== true) return
    if (!marked.includes(node.type)) return
    const sign = node['optional'] === true ? '?' : '!'
    const { key, id, typeAnnotation, name } = node
    const annotation = isNode(typeAnnotation) ? typeAnnotation : annotationOf(id)
    const least = isNode(key) ? key.end : node.start + (typeof name === 'string' ? name.length : 0)
    const start =
      annotation === undefined
        ? this.#source.indexOf(sign, least)
        : this.#source.lastIndexOf(sign, annotation.start)
    this.#erase({ start, end: start + 1 })
  }

  /** @param semicolon `;` puts one first, the empty text one last where the next line would else go on with this one */
  #erase({ start, end }: { start: number; end: number }, semicolon?: ';' | ''): void {
    const text = blanks(this.#source.slice(start, end))
    const ends = semicolon === '' && continues.test(this.#source.slice(end))
    if (semicolon === ';') this.#parts.push({ from: start, to: end, text: `;${text.slice(1)}` })
    else this.#parts.push({ from: start, to: end, text: ends ? `${text.slice(0, -1)};` : text })
  }
}

function blanks(text: string): string {
  return text.replaceAll(/[^\n\r\u2028\u2029]/g, ' ')
}

function isTypesOnly(node: Fields): boolean {
  const { type, declaration, value } = node
  if (typesOnly.has(type) || node['declare'] === true) return true
  if (node['importKind'] === 'type' || node['exportKind'] === 'type') return true
  if (type.startsWith('Export') && isNode(declaration)) return isTypesOnly(declaration)
  if (type === 'PropertyDefinition') return node['abstract'] === true
  return type === 'MethodDefinition' && isNode(value) && typesOnly.has(value.type)
}

function annotationOf(id: unknown): Node | undefined {
  if (!isNode(id)) return undefined
  const { typeAnnotation } = id
  return isNode(typeAnnotation) ? typeAnnotation : undefined
}

function isNode(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value
}
