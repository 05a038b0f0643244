import { digestOf } from '../abi/digest.ts'
import type * as Compile from '../compile/index.ts'
import { ContainerStartupError } from '../errors.ts'
import { entryUrl } from '../process/entry-url.ts'
import { environmentRuntime } from '../runtimes/in-thread.ts'
import type { Source } from './source.ts'

/** JavaScript, or TypeScript whose types are taken out: its exported functions are those of the container. */
export interface ScriptSource {
  readonly source: string
  /** Default `script`. */
  readonly name?: string
}

/**
 * Compiles a script onto QuickJS, which takes the package `quickjs-wasi`. Node only, as the compiler runs in a thread of Node. Rejects with
 * `CompilationError` and, in a browser, `ContainerStartupError` (`RUNTIME_UNAVAILABLE`).
 */
export async function compileScript(
  { source, name = 'script' }: ScriptSource,
  signal: AbortSignal,
): Promise<Source> {
  if (typeof source !== 'string')
    throw new TypeError(
      'A module is its bytes, a reference or { source }; a compiled one has no bytes to limit.',
    )
  if (environmentRuntime() !== 'nodejs')
    throw new ContainerStartupError(
      'Scripts are compiled in Node: compile it there with compileBytes, and run the bytes here.',
      'RUNTIME_UNAVAILABLE',
    )
  // Bundlers for browsers must not follow it.
  const compiler = entryUrl('compile/index').href
  const { compileBytes } = (await import(/* @vite-ignore */ compiler)) as typeof Compile
  const { bytes } = await compileBytes(source, { engine: 'quickjs', signal })
  const digest = await digestOf(bytes)
  return { name, version: digest.slice(0, 19), stateKey: name, bytes, digest }
}
