import { ContainerError, ContainerSecurityError } from '../errors.ts'
import type { GuestHost } from './guest-host.ts'
import { guestFailed } from './errors.ts'

/** How an error of a host function is called where a module sees it. */
const hostError = 'HostError: '

/** Functions of the host that a module calls by name, with JSON on both sides. */
export interface HostCalls {
  /**
   * Carries out `[module, name, arguments]`, as JSON text. The answer is `=` and JSON, or `!` and why there is none: a module sees no more of what went
   * wrong in the host than the function's name.
   */
  answer(request: string): string
  /** Throws what the host threw, where a module passes that on as its own error. */
  rethrow(message: string): void
}

export function createHostCalls(host: Pick<GuestHost, 'imports' | 'allowedImports'>): HostCalls {
  let failed: { readonly message: string; readonly error: ContainerError } | undefined
  return {
    answer(request) {
      const { name, call } = find(host, parseRequest(request))
      try {
        return `=${toJson(call())}`
      } catch (cause) {
        const message = `The host function "${name}" failed.`
        const error =
          cause instanceof ContainerError
            ? cause
            : new ContainerError(message, 'HOST_FAILED', { cause })
        failed = { message: `${hostError}${message}`, error }
        return `!${message}`
      }
    },
    rethrow(message) {
      if (failed !== undefined && message.split('\n', 1)[0] === failed.message) throw failed.error
    },
  }
}

interface Request {
  readonly module: string
  readonly name: string
  readonly args: readonly unknown[]
}

function parseRequest(text: string): Request {
  let request: unknown
  try {
    // What a module passes shall not become the prototype of what a function of the host makes of it.
    request = JSON.parse(text, function (key, value: unknown) {
      return key === '__proto__' ? undefined : value
    })
  } catch {
    return guestFailed('The module called the host with what is no JSON.')
  }
  const [module, name, args] = Array.isArray(request) ? (request as unknown[]) : []
  if (typeof module !== 'string' || typeof name !== 'string' || !Array.isArray(args))
    return guestFailed('The module called the host with what is no [module, name, arguments].')
  return { module, name, args }
}

function find(
  { imports, allowedImports }: Pick<GuestHost, 'imports' | 'allowedImports'>,
  { module, name, args }: Request,
): { name: string; call: () => unknown } {
  const full = `${module}.${name}`
  const group = Object.hasOwn(imports, module) ? imports[module] : undefined
  const given = group !== undefined && Object.hasOwn(group, name) ? group[name] : undefined
  const call = (): unknown => {
    if (given === undefined) throw new TypeError(`Nothing is given as imports.${full}.`)
    if (allowedImports?.includes(full) !== true) forbidden(full)
    const result = (given as (...list: readonly unknown[]) => unknown)(...args)
    if (!(result instanceof Promise)) return result
    result.catch(() => undefined)
    throw new TypeError('It gave a promise; modules cannot wait in this runtime.')
  }
  return { name: full, call }
}

function forbidden(name: string): never {
  throw new ContainerSecurityError(
    `The module calls "${name}", which it may not have. Name it in allowedImports if it should.`,
    'FORBIDDEN',
    { imports: [name] },
  )
}

/** `undefined` is no text. Throws `TypeError` for what JSON cannot say. */
function toJson(value: unknown): string {
  const text = JSON.stringify(value) as string | undefined
  if (text === undefined && value !== undefined)
    throw new TypeError('It gave a value that JSON cannot say.')
  return text ?? ''
}
