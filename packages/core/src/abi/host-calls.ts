import { ContainerError, ContainerSecurityError } from '../errors.ts'
import type { GuestHost } from './guest-host.ts'
import { guestFailed } from './errors.ts'

/** How an error of a host function is called where a module sees it. */
const hostError = 'HostError: '

/** Functions of the host that a module calls by name, with JSON on both sides. */
export interface HostCalls {
  /**
   * Carries out `[module, name, arguments]`, as JSON text. The answer is `=` and JSON, `!` and why there is none, or `~` and the number of a promise: a
   * module sees no more of what went wrong in the host than the function's name.
   */
  answer(request: string): string
  /** Forgets the promises of an earlier call. */
  begin(): void
  /** The next promise of this call that is settled: its number, and the answer. */
  next(): Promise<readonly [id: string, answer: string]>
  /** Throws what the host threw, where a module passes that on as its own error. */
  rethrow(message: string): void
}

type Host = Pick<GuestHost, 'imports' | 'allowedImports'>

export function createHostCalls(host: Host, canSettle: () => boolean): HostCalls {
  let failed: { readonly message: string; readonly error: ContainerError } | undefined
  let pending = new Map<string, Promise<readonly [string, string]>>()
  let last = 0
  const refuse = (name: string, cause: unknown): string => {
    const message = `The host function "${name}" failed.`
    const error =
      cause instanceof ContainerError
        ? cause
        : new ContainerError(message, 'HOST_FAILED', { cause })
    failed = { message: `${hostError}${message}`, error }
    return `!${message}`
  }
  const keep = (name: string, result: Promise<unknown>): string => {
    last += 1
    const id = String(last)
    const answer = result.then(
      (value) => answerOf(name, () => value),
      (cause: unknown) => refuse(name, cause),
    )
    pending.set(
      id,
      answer.then((text) => [id, text] as const),
    )
    return `~${id}`
  }
  const answerOf = (name: string, call: () => unknown): string => {
    try {
      const result = call()
      if (!(result instanceof Promise)) return `=${toJson(result)}`
      if (canSettle()) return keep(name, result)
      result.catch(() => undefined)
      throw new TypeError('It gave a promise, and the module exports no "gsp_settle" to be told.')
    } catch (cause) {
      return refuse(name, cause)
    }
  }
  return {
    answer(request) {
      const { name, call } = find(host, parseRequest(request))
      return answerOf(name, call)
    },
    begin() {
      pending = new Map()
    },
    async next() {
      if (pending.size === 0) guestFailed('The module waits for the host, which it asked nothing.')
      const settled = await Promise.race(pending.values())
      pending.delete(settled[0])
      return settled
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
    return (given as (...list: readonly unknown[]) => unknown)(...args)
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
