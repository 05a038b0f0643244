import { stripTypeScriptTypes } from 'node:module'
import { Refusal } from './bridge.ts'

/** What Node puts above the message: `:3`, the line before, the line itself, a mark under what is wrong. */
const placeOf = (stack: string): { line: number; column: number } => {
  const lines = stack.split('\n')
  const mark = lines.find((line) => /^ *\^+$/.test(line)) ?? ''
  return { line: Number(/^:(\d+)/.exec(stack)?.[1] ?? 1), column: mark.indexOf('^') + 1 || 1 }
}

/**
 * Blanks out the types of a TypeScript file, keeping lines and columns. `enum`, `namespace` and parameter properties
 * need real compilation and are refused, as Node refuses them.
 *
 * @throws Refusal with Node's `ERR_INVALID_TYPESCRIPT_SYNTAX` or `ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX`; its message ends
 * with a stack line that names the place
 */
export const stripTypes = (text: string, path: string): string => {
  try {
    return stripTypeScriptTypes(text)
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error)) throw error
    const { line, column } = placeOf(error.stack ?? '')
    throw new Refusal(String(error.code), `${error.message}\n    at ${path}:${line}:${column}`)
  }
}

/** The text without its types where that makes it JavaScript; undefined where it is no TypeScript either. */
export const tryStripTypes = (text: string, path: string): string | undefined => {
  try {
    return stripTypes(text, path)
  } catch (error) {
    // What TypeScript cannot be stripped of is TypeScript all the same, and says so.
    if (error instanceof Refusal && error.code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX') throw error
    if (error instanceof Refusal) return undefined
    throw error
  }
}
