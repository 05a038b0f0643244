import type * as Compile from '../compile/index.ts'
import type {
  CompileScript,
  ScriptCompilerOptions,
  WebCompilerPorts,
} from '../compile/web-compiler.ts'
import { entryUrl } from '../process/entry-url.ts'
import { environmentRuntime } from '../runtimes/in-thread.ts'

/** In Node by a thread and the package `quickjs-wasi`, in a page by a worker that brings its own. Loaded when the first script comes. */
export function scriptCompiler(
  options: ScriptCompilerOptions | undefined,
  ports: Pick<WebCompilerPorts, 'fetch' | 'networkTimeoutMs'>,
): CompileScript {
  let made: Promise<CompileScript> | undefined
  return async (source, compileOptions) => {
    made ??= environmentRuntime() === 'nodejs' ? nodeCompiler(options) : webCompiler(options, ports)
    return (await made)(source, compileOptions)
  }
}

async function nodeCompiler(options: ScriptCompilerOptions | undefined): Promise<CompileScript> {
  if (options !== undefined)
    throw new TypeError(
      'The option "scripts" is for pages; Node finds the package "quickjs-wasi" by itself.',
    )
  // Bundlers for browsers must not follow it.
  const compiler = entryUrl('compile/index').href
  const { compileBytes } = (await import(/* @vite-ignore */ compiler)) as typeof Compile
  return async (source, compileOptions) => {
    const { bytes } = await compileBytes(source, { engine: 'quickjs', ...compileOptions })
    return bytes
  }
}

async function webCompiler(
  options: ScriptCompilerOptions | undefined,
  ports: Pick<WebCompilerPorts, 'fetch' | 'networkTimeoutMs'>,
): Promise<CompileScript> {
  const { createWebCompiler } = await import('../compile/web-compiler.ts')
  return createWebCompiler({ ...options, ...ports })
}
