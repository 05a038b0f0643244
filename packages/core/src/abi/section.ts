import type { ModuleShape } from '../binary/module-shape.ts'
import type { FunctionSignature } from '../containers/types.ts'
import { ContainerStartupError } from '../errors.ts'
import { abiSection } from './detect.ts'

/** What a module's `gaesup:abi` section says, as JSON. */
export interface AbiSection {
  /** Of the ABI: 1. */
  readonly version: 1
  readonly exports: readonly FunctionSignature[]
  /** Functions that take numbers although their type is that of a JSON function. */
  readonly numeric: readonly string[]
  /** The engine that compiled the module, where ours did. */
  readonly engine?: string
}

/** Throws `ContainerStartupError`: `MODULE_INVALID` for what is no such JSON, `MODULE_UNSUPPORTED` for another version. */
export function readAbiSection({
  customSections,
}: Pick<ModuleShape, 'customSections'>): AbiSection {
  const content = customSections.get(abiSection)
  if (content === undefined) return { version: 1, exports: [], numeric: [] }
  const fields = parse(content)
  if (fields['version'] !== 1) {
    throw new ContainerStartupError(
      `The module speaks version ${JSON.stringify(fields['version'])} of the ABI; 1 is known here.`,
      'MODULE_UNSUPPORTED',
    )
  }
  const { exports = [], numeric = [], engine } = fields
  if (!Array.isArray(exports) || !Array.isArray(numeric)) return invalid()
  if (!exports.every(isSignature)) return invalid()
  const told = { version: 1, exports, numeric: numeric.map(String) } as const
  return typeof engine === 'string' ? { ...told, engine } : told
}

function parse(content: Uint8Array): Record<string, unknown> {
  try {
    const value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(content)) as unknown
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>
  } catch {
    return invalid()
  }
  return invalid()
}

function isSignature(value: unknown): value is FunctionSignature {
  if (typeof value !== 'object' || value === null) return false
  const { name, parameters, returnType } = value as Record<string, unknown>
  return typeof name === 'string' && Array.isArray(parameters) && typeof returnType === 'object'
}

function invalid(): never {
  throw new ContainerStartupError(
    `The module's section "${abiSection}" is no JSON object with version, exports and numeric.`,
    'MODULE_INVALID',
  )
}
