import { ContainerError, ContainerSecurityError } from '../../errors.ts'
import type { Interfaces } from '../../wasi2/create-wasi2.ts'
import type { GuestHost } from '../guest-host.ts'
import type { GlueImport } from './glue.ts'

type Host = Pick<GuestHost, 'imports' | 'allowedImports'>
type Given = (...args: never[]) => unknown

/** Interfaces that tools import whether the program uses them or not: what calls them is refused, not what has them. */
const unreachable = /^wasi:(?:sockets|http)\//

/**
 * What the glue is instantiated with: each import allowed and provided. Throws `ContainerSecurityError` (`FORBIDDEN`) with the names of those
 * that are not.
 */
export function chooseComponentImports(
  imports: readonly GlueImport[],
  host: Host,
  wasi: Interfaces,
): Record<string, Record<string, unknown>> {
  const chosen: Record<string, Record<string, unknown>> = {}
  const forbidden: string[] = []
  for (const { module, names } of imports) {
    const group = (chosen[module] ??= {})
    for (const name of names) {
      const value = provide(module, name, { host, wasi })
      if (value === undefined) forbidden.push(`${module}.${name}`)
      else group[name] = value
    }
  }
  if (forbidden.length === 0) return chosen
  throw new ContainerSecurityError(
    `The component imports what it may not have: ${forbidden.slice(0, 5).join(', ')}. Give it through "imports" and name it in allowedImports if it should.`,
    'FORBIDDEN',
    { imports: forbidden },
  )
}

function provide(
  module: string,
  name: string,
  { host, wasi }: { readonly host: Host; readonly wasi: Interfaces },
): unknown {
  const full = `${module}.${name}`
  if (unreachable.test(module)) return refusing(full)
  const own = ownValue(wasi, module, name)
  const isNamed = host.allowedImports?.includes(full) === true
  if (own !== undefined) return isNamed || host.allowedImports === undefined ? own : undefined
  const given = ownValue(host.imports, module, name)
  return isNamed && typeof given === 'function' ? guarded(given as Given, full) : undefined
}

function ownValue(groups: Interfaces, module: string, name: string): unknown {
  const group = Object.hasOwn(groups, module) ? groups[module] : undefined
  return group !== undefined && Object.hasOwn(group, name) ? group[name] : undefined
}

/** Stands for a function or a resource. */
function refusing(full: string): Given {
  // Called with "new" as well, which an arrow function cannot be.
  return function refuse(): never {
    throw new ContainerSecurityError(
      `The component calls "${full}": components have no network.`,
      'FORBIDDEN',
      { imports: [full] },
    )
  }
}

/** A function of the host, whose errors are not the component's: a `result` is `{ tag: 'ok' | 'err', val }`. */
function guarded(given: Given, full: string): (...args: never[]) => unknown {
  return (...args) => {
    const result = attempt(() => given(...args), full)
    if (!(result instanceof Promise)) return result
    result.catch(() => undefined)
    throw new ContainerError(
      `The host function "${full}" gave a promise, which a component cannot wait for.`,
      'HOST_FAILED',
    )
  }
}

function attempt(call: () => unknown, full: string): unknown {
  try {
    return call()
  } catch (cause) {
    if (cause instanceof ContainerError) throw cause
    throw new ContainerError(`The host function "${full}" failed.`, 'HOST_FAILED', { cause })
  }
}
