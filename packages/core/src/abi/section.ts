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
  return content === undefined ? { version: 1, exports: [], numeric: [] } : parseAbi(content)
}

/** The same from the section's bytes. What it says of types is the module's claim; only what each of them is is checked. */
export function parseAbi(content: Uint8Array): AbiSection {
  const fields = parse(content)
  if (fields['version'] !== 1) {
    throw new ContainerStartupError(
      `The module speaks ${versionText(fields['version'])} of the ABI; 1 is known here.`,
      'MODULE_UNSUPPORTED',
    )
  }
  const { exports = [], numeric = [], engine } = fields
  if (!Array.isArray(exports) || !Array.isArray(numeric)) return invalid()
  if (!exports.every(isSignature) || !numeric.every((one) => typeof one === 'string'))
    return invalid()
  const told = { version: 1, exports, numeric } as const
  return typeof engine === 'string' ? { ...told, engine } : told
}

function parse(content: Uint8Array): Record<string, unknown> {
  try {
    const value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(content)) as unknown
    if (isObject(value)) return value
  } catch {
    return invalid()
  }
  return invalid()
}

function isSignature(value: unknown): value is FunctionSignature {
  if (!isObject(value)) return false
  const { name, parameters, returnType } = value
  return (
    typeof name === 'string' &&
    Array.isArray(parameters) &&
    parameters.every(isObject) &&
    isObject(returnType)
  )
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

/** Whatever else stands there may be of any size. */
function versionText(version: unknown): string {
  return typeof version === 'number' ? `version ${version}` : 'no version'
}

function invalid(): never {
  throw new ContainerStartupError(
    `The module's section "${abiSection}" is no JSON object with version, exports and numeric.`,
    'MODULE_INVALID',
  )
}
