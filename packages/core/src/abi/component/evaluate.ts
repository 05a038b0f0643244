import { ContainerStartupError } from '../../errors.ts'

type Callable = (...args: readonly unknown[]) => unknown

interface HostProcess {
  getBuiltinModule?(name: 'node:vm'): {
    compileFunction(body: string, parameters: readonly string[]): Callable
  }
}

/**
 * A function of a text, in strict mode. Unlike a module it is collected when nobody has it any more, as modules stay until the thread ends. In Node it
 * is compiled by `node:vm`, which locked processes allow; in a page by `Function`.
 *
 * Throws `SyntaxError`, and `ContainerStartupError` (`RUNTIME_UNAVAILABLE`) where the page's Content Security Policy lacks `'unsafe-eval'`.
 */
export function evaluateFunction(text: string, parameters: readonly string[] = []): Callable {
  const body = `'use strict';${text}`
  const { process } = globalThis as { readonly process?: HostProcess }
  const vm = process?.getBuiltinModule?.('node:vm')
  if (vm !== undefined) return vm.compileFunction(body, parameters)
  try {
    // oxlint-disable-next-line no-implied-eval -- what jco writes can run in no other way; it is checked before
    return new Function(...parameters, body) as Callable
  } catch (cause) {
    if (!(cause instanceof EvalError)) throw cause
    throw new ContainerStartupError(
      "This is a component: what jco writes for it is not evaluated here, as the Content Security Policy lacks 'unsafe-eval'.",
      'RUNTIME_UNAVAILABLE',
      { cause },
    )
  }
}
