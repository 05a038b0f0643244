import { readOptions, type Kind } from '../../containers/checks.ts'
import { either, longestTimerMs, numberFrom, text } from '../../containers/option-kinds.ts'
import { late } from '../../late.ts'
import { environmentRuntime } from '../../runtimes/in-thread.ts'
import type { TranspiledComponent } from './take-apart.ts'

/** How components are taken apart. */
export interface ComponentOptions {
  /**
   * Where a page finds the folder `vendor` of the package `@bytecodealliance/jco-transpile` 0.15.0. Its files are checked against their digests. Node
   * finds the package by itself and refuses the option.
   */
  readonly transpiler?: string | URL
  /** The script of the thread. Default: `abi/component/worker.js` beside this code, which Vite and webpack find by themselves. */
  readonly workerUrl?: string | URL
  /** Milliseconds that taking one component apart may take; one that needs longer is refused with `TIME_LIMIT`. Default 60,000. */
  readonly timeout?: number
}

/** Takes components apart, in threads. */
export interface Transpiler {
  /**
   * Rejects as `takeApart` and `loadBindgen` do, and with `ContainerTimeoutError` (`TIME_LIMIT`), `ContainerMemoryError` (`MEMORY_LIMIT`),
   * `ContainerStartupError` (`STARTUP_FAILED`) where the thread failed, and `ContainerError` (`ABORTED`).
   */
  transpile(component: Uint8Array, signal: AbortSignal | undefined): Promise<TranspiledComponent>
  /** Ends all threads, and what they do. It can be used again. */
  close(): Promise<void>
}

export interface TranspilerPorts {
  readonly fetch: typeof fetch
  readonly networkTimeoutMs: number
}

const textOrUrl = either(text, { text: 'a URL', is: (value) => value instanceof URL })
const defaultTimeoutMs = 60_000
const kinds = {
  transpiler: textOrUrl,
  workerUrl: textOrUrl,
  timeout: numberFrom(1, longestTimerMs),
} satisfies Record<keyof ComponentOptions, Kind>

/** Loaded when the first component comes. Throws `TypeError` for options that mean nothing here. */
export function lateTranspiler(options: ComponentOptions, ports: TranspilerPorts): Transpiler {
  const given = readOptions('components', options, kinds)
  const { timeout = defaultTimeoutMs, transpiler } = given
  if (transpiler !== undefined && environmentRuntime() === 'nodejs')
    throw new TypeError(
      'The option "components.transpiler" is for pages; Node finds the package by itself.',
    )
  let made: Transpiler | undefined
  const load = late(async () => {
    const { createTranspiler } = await import('./transpiler.ts')
    return (made = createTranspiler({ ...given, ...ports, timeoutMs: timeout }))
  })
  return {
    transpile: async (component, signal) => (await load()).transpile(component, signal),
    close: async () => made?.close(),
  }
}
