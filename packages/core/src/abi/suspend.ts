import { ContainerStartupError } from '../errors.ts'

type Callable = (...args: never[]) => unknown

/** WebAssembly's promise integration: a module waits for a promise of the host as if the function had returned. */
interface PromiseIntegration {
  readonly Suspending: new (given: Callable) => WebAssembly.ImportValue
  promising(exported: Callable): (...args: (number | bigint)[]) => Promise<unknown>
}

/** Undefined where the engine has none: Node before 25 without `--experimental-wasm-jspi`, and some browsers. */
export function promiseIntegration(): PromiseIntegration | undefined {
  const { Suspending, promising } = WebAssembly as unknown as Partial<PromiseIntegration>
  return Suspending === undefined || promising === undefined
    ? undefined
    : { Suspending, promising: (exported) => promising(exported) }
}

/** Whether a function is declared with `async`, so that it gives a promise each time. */
export function isAsync(given: Callable): boolean {
  return (given as { [Symbol.toStringTag]?: string })[Symbol.toStringTag] === 'AsyncFunction'
}

/** Throws `ContainerStartupError` (`RUNTIME_UNAVAILABLE`). */
export function requireIntegration(what: string): PromiseIntegration {
  const found = promiseIntegration()
  if (found !== undefined) return found
  throw new ContainerStartupError(
    `${what} gives a promise, and this engine cannot let a module wait for one: WebAssembly.Suspending is missing. It is there in Chromium and in Node 25, in Node 24 with --experimental-wasm-jspi; scripts need it nowhere.`,
    'RUNTIME_UNAVAILABLE',
    { missing: 'WebAssembly.Suspending' },
  )
}
