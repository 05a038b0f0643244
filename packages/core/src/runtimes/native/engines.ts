import type { WASMRuntime } from '../../containers/types.ts'

/** What an engine is started for. */
export interface EngineTask {
  /** Pages of 64 KiB that a memory of the module may have. */
  readonly maxPages: number
}

/** An engine with a command line that runs WASI programs. */
export interface NativeEngine {
  readonly name: WASMRuntime
  /** Looked for on the PATH. */
  readonly command: string
  /** The oldest version whose command line is known to be this one: major, minor. */
  readonly oldest: readonly [number, number]
  /** Whether it takes modules with several memories, as the command line starts it: plugins of Extism need them. Default: it does not. */
  readonly hasMemories?: boolean
  /** Whether it takes tail calls, as the command line starts it; modules that make them are refused else. Default: it does not. */
  readonly hasTailCalls?: boolean
  /** All that stands on the command line, with the module's path. */
  readonly args: (modulePath: string, task: EngineTask) => readonly string[]
}

/**
 * Files, network and environment stay closed: none of them is opened without an option, and none is given here.
 *
 * WasmEdge's own `--time-limit` and `--gas-limit` are for a whole program, which here lives for many calls: the limits in the module's bytes
 * are for one. Its memory limit is set as a second wall. Wasmtime has several memories by default, Wasmer has not.
 *
 * @see https://docs.wasmtime.dev/cli-options.html, https://wasmedge.org/docs/start/build-and-run/cli, https://docs.wasmer.io/runtime/cli
 */
export const nativeEngines: readonly NativeEngine[] = [
  {
    name: 'wasmtime',
    command: 'wasmtime',
    oldest: [14, 0],
    hasMemories: true,
    args: (modulePath) => ['run', modulePath],
  },
  {
    name: 'wasmedge',
    command: 'wasmedge',
    oldest: [0, 14],
    hasMemories: true,
    hasTailCalls: true,
    args: (modulePath, { maxPages }) => [
      'run',
      '--enable-extended-const',
      '--enable-multi-memory',
      '--enable-tail-call',
      '--memory-page-limit',
      String(maxPages),
      '--',
      modulePath,
    ],
  },
  {
    name: 'wasmer',
    command: 'wasmer',
    oldest: [3, 0],
    args: (modulePath) => ['run', modulePath],
  },
]
