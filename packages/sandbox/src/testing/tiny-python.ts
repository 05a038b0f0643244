/** What a small program printed, and how it ended. */
export interface TinyRun {
  readonly stdout: string
  readonly stderr: string
  readonly exitCode: number
}

type Value = number | string
type Scope = Map<string, Value>

const TOKEN =
  /\s*(?:(?<number>\d+(?:\.\d+)?)|(?<text>'[^'\n]*'|"[^"\n]*")|(?<name>[A-Za-z_]\w*)|(?<sign>[-+*/()]))/uy

interface Reader {
  readonly tokens: readonly (Value | { readonly name: string } | { readonly sign: string })[]
  at: number
}

const readTokens = (source: string): Reader['tokens'] => {
  const tokens: (Value | { readonly name: string } | { readonly sign: string })[] = []
  TOKEN.lastIndex = 0
  while (source.slice(TOKEN.lastIndex).trim() !== '') {
    const groups = TOKEN.exec(source)?.groups
    if (!groups) throw new SyntaxError('invalid syntax')
    const { number, text, name, sign } = groups
    if (number !== undefined) tokens.push(Number(number))
    else if (text !== undefined) tokens.push(text.slice(1, -1))
    else tokens.push(name === undefined ? { sign: sign ?? '' } : { name })
  }
  return tokens
}

const lookUp = (name: string, scope: Scope): Value => {
  const value = scope.get(name)
  if (value === undefined) throw new ReferenceError(`name '${name}' is not defined`)
  return value
}

const apply = (sign: string, left: Value, right: Value): Value => {
  if (sign === '+' && typeof left === 'string' && typeof right === 'string') return left + right
  if (typeof left !== 'number' || typeof right !== 'number')
    throw new TypeError('unsupported operand types')
  if (sign === '+') return left + right
  if (sign === '-') return left - right
  return sign === '*' ? left * right : left / right
}

const takeSign = (reader: Reader, signs: string): string | undefined => {
  const token = reader.tokens[reader.at]
  if (typeof token !== 'object' || !('sign' in token) || !signs.includes(token.sign))
    return undefined
  reader.at++
  return token.sign
}

const readAtom = (reader: Reader, scope: Scope): Value => {
  if (takeSign(reader, '(') !== undefined) {
    const value = readSum(reader, scope)
    if (takeSign(reader, ')') === undefined) throw new SyntaxError("'(' was never closed")
    return value
  }
  const token = reader.tokens[reader.at++]
  if (typeof token === 'number' || typeof token === 'string') return token
  if (token && 'name' in token) return lookUp(token.name, scope)
  throw new SyntaxError('invalid syntax')
}

const readProduct = (reader: Reader, scope: Scope): Value => {
  let value = readAtom(reader, scope)
  for (let sign = takeSign(reader, '*/'); sign !== undefined; sign = takeSign(reader, '*/'))
    value = apply(sign, value, readAtom(reader, scope))
  return value
}

const readSum = (reader: Reader, scope: Scope): Value => {
  let value = readProduct(reader, scope)
  for (let sign = takeSign(reader, '+-'); sign !== undefined; sign = takeSign(reader, '+-'))
    value = apply(sign, value, readProduct(reader, scope))
  return value
}

const evaluate = (source: string, scope: Scope): Value => {
  const reader: Reader = { tokens: readTokens(source), at: 0 }
  const value = readSum(reader, scope)
  if (reader.at < reader.tokens.length) throw new SyntaxError('invalid syntax')
  return value
}

const runLine = (line: string, scope: Scope): string => {
  const printed = /^print\((?<value>.*)\)\s*$/u.exec(line)?.groups?.['value']
  if (printed !== undefined) return `${evaluate(printed, scope)}\n`
  const assigned = /^(?<name>[A-Za-z_]\w*)\s*=(?<value>.*)$/u.exec(line)?.groups
  if (!assigned) throw new SyntaxError('invalid syntax')
  scope.set(assigned['name'] ?? '', evaluate(assigned['value'] ?? '', scope))
  return ''
}

/**
 * Runs the few lines that examples need: assignments and `print` of one expression of numbers, strings, names,
 * `+ - * /` and parentheses. It is no Python; it only keeps the fake engine from answering made-up output.
 */
export const runTinyPython = (source: string): TinyRun => {
  const scope: Scope = new Map()
  let stdout = ''
  for (const [at, line] of source.split('\n').entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue
    try {
      stdout += runLine(line, scope)
    } catch (error) {
      const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
      return { stdout, stderr: `line ${at + 1}: ${message}\n`, exitCode: 1 }
    }
  }
  return { stdout, stderr: '', exitCode: 0 }
}
