import { ContainerNotFoundError } from '../errors.ts'

/** Throws `NOT_FOUND`, and says which names there are. By itself, as pages need it before they need a module. */
export function noFunction(name: string, known: Iterable<string>): never {
  const names = [...known]
  throw new ContainerNotFoundError(
    `The module has no function "${name}". It has: ${names.slice(0, 20).join(', ') || 'none'}.`,
    'NOT_FOUND',
    { functionName: name },
  )
}
