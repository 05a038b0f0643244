import { readFileSync } from 'node:fs'
import { createRequire, stripTypeScriptTypes } from 'node:module'
import type { JavaScriptTools } from './java-script.ts'
import { sourceFile } from './source.ts'
import type { CompileDiagnostic } from './types.ts'

/** QuickJS from its package and Node's own way with types. Throws where the optional package is not installed. */
export async function loadNodeTools(): Promise<Omit<JavaScriptTools, 'watch'>> {
  const library = await import('quickjs-wasi')
  const path = createRequire(import.meta.url).resolve('quickjs-wasi/quickjs.wasm')
  return { engine: { library, wasm: readFileSync(path) }, strip }
}

function strip(source: string): string | CompileDiagnostic {
  try {
    return stripTypeScriptTypes(source)
  } catch (error) {
    const { message, stack = '' } = error as Error
    // Node says where on the first lines of the stack: the line's number, its text, a caret below.
    const line = Number(/^[^\n]*:(\d+)$/m.exec(stack)?.[1] ?? 1)
    const column = (/^( *)\^/m.exec(stack)?.[1]?.length ?? 0) + 1
    return { severity: 'error', message, file: sourceFile, line, column }
  }
}
