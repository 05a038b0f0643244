import { stripTypeScriptTypes } from 'node:module'
import { Refusal } from './bridge.ts'

/**
 * Blanks out the types of a TypeScript file, keeping lines and columns. `enum`, `namespace` and parameter properties
 * need real compilation and are refused, as Node refuses them.
 *
 * @throws Refusal with Node's `ERR_INVALID_TYPESCRIPT_SYNTAX` or `ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX`
 */
export const stripTypes = (text: string, path: string): string => {
  try {
    return stripTypeScriptTypes(text)
  } catch (error) {
    const code =
      error instanceof Error && 'code' in error
        ? String(error.code)
        : 'ERR_INVALID_TYPESCRIPT_SYNTAX'
    const message = error instanceof Error ? error.message : 'the file cannot be read'
    throw new Refusal(code, `${path}: ${message}`)
  }
}
