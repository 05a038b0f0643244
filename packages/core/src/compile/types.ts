import type { FunctionSignature, SeededRandom, SteppedClock } from '../containers/types.ts'

/** A compiler; see `CompileOptions.engine`. */
export type CompileEngine =
  /** The AssemblyScript compiler: fast, small modules from a strict subset of TypeScript. */
  | 'assemblyscript'
  /** Ordinary JavaScript, or TypeScript with its types removed, together with the QuickJS interpreter. */
  | 'quickjs'

/**
 * Options of `compileWASM` and `compileBytes`.
 *
 * @see seed core-and-react, "compileWASM"
 */
export interface CompileOptions {
  /**
   * `wasm32-unknown`: the module imports only what its ABI gives. `wasm32-wasi`: it imports WASI preview 1 for clock, randomness and
   * console; with exports it is a reactor (`_initialize`), without any a command (`_start`). Default `wasm32-unknown`.
   */
  target?: 'wasm32-wasi' | 'wasm32-unknown'
  /** Default `speed`. What each engine does: docs/compiling.md. */
  optimization?: 'none' | 'size' | 'speed'
  /**
   * AssemblyScript: keeps names and adds a source map, as a `data:` URL in the section `sourceMappingURL`. QuickJS: keeps the source in the section
   * `gaesup:js`, and errors tell its lines, whatever the optimization. Default false.
   */
  debug?: boolean
  /**
   * Functions of the host the module may import, by import module and name: `{ env: { log: '(value: i32): void' } }`. A signature declares the
   * function for the source, under its own name; `true` or a function only allows an import that the source declares. An import that is not
   * named here and that the ABI does not give is an error. With the engine `quickjs` the source imports them (`import { log } from 'env'`): their
   * values are JSON, whatever the signature says. Default: none.
   */
  // oxlint-disable-next-line typescript/no-explicit-any -- the seed's signature
  imports?: Record<string, any>
  /** `auto` tries AssemblyScript and takes QuickJS where that is absent or refuses the source. Default `assemblyscript`. */
  engine?: CompileEngine | 'auto'
  /** Ends the compiler at once; the call fails with `ABORTED`. */
  signal?: AbortSignal
  /** Milliseconds until the compiler, with `auto` each of the two, is ended and the call fails with `TIME_LIMIT`. Default 30,000. */
  timeoutMs?: number
  /** Largest source in bytes of UTF-8; a larger one fails with `SIZE_LIMIT`. Default 1 MiB. */
  maxSourceBytes?: number
  /** Bytes of memory that the top level of a script may fill. Default 64 MiB. For `quickjs`, as all that follow: AssemblyScript runs nothing. */
  maxMemory?: number
  /** Milliseconds that the top level of a script may run; then `TIME_LIMIT`. Default: until `timeoutMs`. */
  maxCpuTime?: number
  /** Instructions that the top level of a script may run, as a container counts them; then `CPU_LIMIT`. Default: no limit. */
  maxFuel?: bigint
  /**
   * What `Date` tells the top level of a script, which runs once, while it is compiled. Default: the host's clock; with a clock and a seed, and for a script whose
   * top level asks for neither, the same source gives the same bytes.
   */
  clock?: SteppedClock
  /** What `Math.random` gives the top level of a script; containers with the same seed draw others. Default: the host's. */
  random?: SeededRandom
}

/** A message of a compiler about the source. */
export interface CompileDiagnostic {
  readonly severity: 'error' | 'warning' | 'info'
  readonly message: string
  /** `module.ts` is the source that was given. */
  readonly file: string
  /** 1-based. A message without a position is at line 1, column 1. */
  readonly line: number
  /** 1-based, in UTF-16 code units. */
  readonly column: number
  /** The compiler's own number of the message, if it has one. */
  readonly code?: number
}

/** A compiled module as bytes, to run in a container or to push to a registry. */
export interface CompiledModule {
  readonly bytes: Uint8Array<ArrayBuffer>
  /** The engine that was used, also with `auto`. */
  readonly engine: CompileEngine
  readonly exports: readonly FunctionSignature[]
  /** Warnings of the compiler. With `auto` also why AssemblyScript was not used. */
  readonly diagnostics: readonly CompileDiagnostic[]
}

/** Options with every default in place. */
export type CompileSettings = Required<Pick<CompileOptions, 'target' | 'optimization' | 'debug'>>
