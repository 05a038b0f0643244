import { CompilationError } from '../errors.ts'
import type { CompileDiagnostic } from './types.ts'

/** The name under which compilers know the source. */
export const sourceFile = 'module.ts'

/** The source as text. Throws `CompilationError`: `SIZE_LIMIT`, or `COMPILATION_FAILED` for invalid Unicode. */
export function readSource(source: string | Uint8Array, maxBytes: number): string {
  const sizeBytes = typeof source === 'string' ? source.length : source.byteLength
  if (sizeBytes > maxBytes) tooLarge(maxBytes)
  const text = typeof source === 'string' ? source : decode(source)
  if (!text.isWellFormed()) notUnicode()
  // A text within the limit in UTF-16 units can be past it in bytes.
  if (text.length * 3 > maxBytes && new TextEncoder().encode(text).length > maxBytes)
    tooLarge(maxBytes)
  return text
}

/** Line and column, both from 1 on, of an offset into a text. */
export function placeOf(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, Math.max(0, offset))
  const lines = before.split(/\r\n|[\n\r\u2028\u2029]/)
  return { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 }
}

/** An error about the source as a whole. */
export function wholeSource(message: string): CompileDiagnostic {
  return { severity: 'error', message, file: sourceFile, line: 1, column: 1 }
}

/** Throws `CompilationError` (`COMPILATION_FAILED`) whose `details` are the diagnostics. */
export function compilationFailed(diagnostics: readonly CompileDiagnostic[]): never {
  const errors = diagnostics.filter(({ severity }) => severity === 'error')
  const [first] = errors
  const where =
    first === undefined ? '' : ` ${first.file}:${first.line}:${first.column}: ${first.message}`
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : ''
  throw new CompilationError(
    `The source does not compile.${where}${more}`,
    'COMPILATION_FAILED',
    diagnostics,
  )
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return notUnicode()
  }
}

function notUnicode(): never {
  return compilationFailed([wholeSource('The source is no valid UTF-8.')])
}

function tooLarge(maxBytes: number): never {
  throw new CompilationError(
    `The source is larger than maxSourceBytes allows (${maxBytes} bytes).`,
    'SIZE_LIMIT',
    { maxBytes },
  )
}
