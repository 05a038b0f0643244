import { digestOf } from '../abi/digest.ts'
import type * as Compile from '../compile/index.ts'
import type {
  CompileScript,
  ScriptCompilerOptions,
  WebCompilerPorts,
} from '../compile/web-compiler.ts'
import { entryUrl } from '../process/entry-url.ts'
import { environmentRuntime } from '../runtimes/in-thread.ts'
import type { Source } from './source.ts'
import type { HostFunctions } from './types.ts'

/** JavaScript, or TypeScript whose types are taken out: its exported functions are those of the container. */
export interface ScriptSource {
  readonly source: string
  /** Default `script`. */
  readonly name?: string
}

/** How a script is compiled. */
export interface ScriptPorts {
  readonly compileScript: CompileScript
  /** What the script can import: `import { add } from 'env'` for the function `env.add`. */
  readonly imports?: HostFunctions | undefined
}

/** Compiles a script onto QuickJS. Rejects with `CompilationError` and `ContainerStartupError` (`RUNTIME_UNAVAILABLE`). */
export async function compileSource(
  { source, name = 'script' }: ScriptSource,
  { compileScript, imports = {} }: ScriptPorts,
  signal: AbortSignal,
): Promise<Source> {
  if (typeof source !== 'string')
    throw new TypeError(
      'A module is its bytes, a reference or { source }; a compiled one has no bytes to limit.',
    )
  const bytes = await compileScript(source, { imports, signal })
  const digest = await digestOf(bytes)
  return { name, version: digest.slice(0, 19), stateKey: name, bytes, digest }
}

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
