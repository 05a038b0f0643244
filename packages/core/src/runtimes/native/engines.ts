import type { WASMRuntime } from '../../containers/types.ts'

/** An engine with a command line that runs WASI programs. */
export interface NativeEngine {
  readonly name: WASMRuntime
  /** Looked for on the PATH. */
  readonly command: string
  /** The oldest version whose command line is known to be this one: major, minor. */
  readonly oldest: readonly [number, number]
  /** What stands before and after the module's path. */
  readonly args: (modulePath: string) => readonly string[]
}

/**
 * Files, network and environment stay closed: none of them is opened without an option, and none is given here.
 *
 * @see https://docs.wasmtime.dev/cli-options.html, https://wasmedge.org/docs/start/build-and-run/cli, https://docs.wasmer.io/runtime/cli
 */
export const nativeEngines: readonly NativeEngine[] = [
  {
    name: 'wasmtime',
    command: 'wasmtime',
    oldest: [14, 0],
    args: (modulePath) => ['run', modulePath],
  },
  { name: 'wasmedge', command: 'wasmedge', oldest: [0, 11], args: (modulePath) => [modulePath] },
  {
    name: 'wasmer',
    command: 'wasmer',
    oldest: [3, 0],
    args: (modulePath) => ['run', modulePath],
  },
]
