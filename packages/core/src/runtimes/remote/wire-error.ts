import {
  CompilationError,
  ContainerError,
  ContainerMemoryError,
  ContainerNotFoundError,
  ContainerSecurityError,
  ContainerStartupError,
  ContainerTimeoutError,
  RegistryError,
} from '../../errors.ts'

/** An error as plain data. */
export interface WireError {
  readonly name: string
  readonly message: string
  /** Absent for errors that are no `ContainerError`. */
  readonly code?: ContainerError['code']
  readonly details?: Readonly<Record<string, unknown>>
  /** Message of what was behind it. */
  readonly cause?: string
}

const classes = {
  ContainerError,
  ContainerNotFoundError,
  ContainerStartupError,
  ContainerMemoryError,
  ContainerTimeoutError,
  ContainerSecurityError,
  RegistryError,
  CompilationError,
}

export function toWireError(error: unknown): WireError {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) }
  const { name, message } = error
  const cause = error.cause instanceof Error ? { cause: error.cause.message } : {}
  if (!(error instanceof ContainerError)) return { name, message, ...cause }
  return { name, message, code: error.code, details: plainDetails(error.details), ...cause }
}

/** @param extra details that only this side knows */
export function fromWireError(
  wire: WireError,
  extra: Readonly<Record<string, unknown>> = {},
): Error {
  const cause = wire.cause === undefined ? {} : { cause: new Error(wire.cause) }
  if (wire.code === undefined) {
    const Plain = wire.name === 'TypeError' ? TypeError : Error
    return new Plain(wire.message, cause)
  }
  const Class = isClassName(wire.name) ? classes[wire.name] : ContainerError
  return new Class(wire.message, wire.code, { ...wire.details, ...cause, ...extra })
}

function isClassName(name: string): name is keyof typeof classes {
  return Object.hasOwn(classes, name)
}

/** What can be cloned of them: causes are errors, and errors of ours would arrive as others. */
function plainDetails(details: unknown): Record<string, unknown> {
  if (typeof details !== 'object' || details === null) return {}
  return Object.fromEntries(Object.entries(details).filter(([, value]) => isPlain(value)))
}

/** What nests deeper than values do, or in a circle, stays behind. */
const deepest = 100

function isPlain(value: unknown, depth: number = 0): boolean {
  if (typeof value !== 'object' || value === null)
    return !['function', 'symbol'].includes(typeof value)
  if (value instanceof Uint8Array) return true
  const prototype = Object.getPrototypeOf(value) as unknown
  const isRecord = prototype === null || prototype === Object.prototype
  if ((!isRecord && !Array.isArray(value)) || depth > deepest) return false
  return Object.values(value).every((one) => isPlain(one, depth + 1))
}
