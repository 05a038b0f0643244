import { readAbiSection } from '../abi/section.ts'
import { readOptions, type Kind } from '../containers/checks.ts'
import { byteCount } from '../containers/option-kinds.ts'
import { digestOf, isDigest, shown } from '../registry/digest.ts'
import { createSha256 } from '../registry/sha256.ts'
import { checkMetadata, objectOf } from './check-metadata.ts'
import { checkImports, checkModule } from './check-module.ts'
import { checkSignatures, compareSignatures } from './check-signatures.ts'
import { Findings } from './findings.ts'
import type { ContainerToValidate, ValidationLimits, ValidationResult } from './types.ts'

const defaults = { maxBytes: 128 * 1024 * 1024, maxSectionBytes: 16 * 1024 * 1024 }

const kinds = {
  maxBytes: byteCount,
  maxSectionBytes: byteCount,
} satisfies Record<keyof ValidationLimits, Kind>

type Fields = Readonly<Record<string, unknown>>

/**
 * Checks a container and returns every error and warning, at most 1,000 of each. Nothing of the module is run. Any
 * value is accepted: what is not a container is reported as an error, never thrown.
 *
 * @see seed core-and-react, "validateContainer"
 */
export async function validateContainer(
  container: ContainerToValidate,
  limits: ValidationLimits = {},
): Promise<ValidationResult> {
  const read = readOptions('validation', limits, kinds)
  const findings = new Findings()
  try {
    checkContainer(container, { ...defaults, ...read }, findings)
  } catch (error) {
    // A getter of the container, or a proxy.
    const reason = shown(error instanceof Error ? error.message : error)
    findings.error('METADATA_INVALID', '', `The container cannot be read: ${reason}.`)
  }
  return findings.result()
}

function checkContainer(
  value: unknown,
  { maxBytes, maxSectionBytes }: Required<ValidationLimits>,
  findings: Findings,
): void {
  if (typeof value !== 'object' || value === null) {
    findings.error('METADATA_INVALID', '', 'A container is an object with name, version and bytes.')
    return
  }
  const fields = value as Fields
  checkMetadata(fields, findings)
  const signatures = checkSignatures(fields['exports'], 'exports', findings)
  const bytes = checkBytes(fields, maxBytes, findings)
  if (bytes === undefined) return
  const callee = checkModule(bytes, maxSectionBytes, findings)
  if (callee === undefined) return
  compareSignatures(signatures, callee, { path: 'exports', findings })
  checkImports(callee, declaredIn(fields), findings)
  checkOwnSignatures(callee, findings)
}

function checkBytes(fields: Fields, maxBytes: number, findings: Findings): Uint8Array | undefined {
  const { bytes, size, hash } = fields
  if (!(bytes instanceof Uint8Array) || bytes.length === 0) {
    findings.error(
      'BYTES_MISSING',
      'bytes',
      'The container has no bytes: "bytes" is a Uint8Array that is not empty.',
    )
    return undefined
  }
  if (size !== undefined && size !== bytes.length)
    findings.error(
      'SIZE_MISMATCH',
      'size',
      `The module has ${bytes.length} bytes, not ${shown(typeof size === 'number' ? `${size}` : size)}.`,
    )
  if (bytes.length > maxBytes) {
    findings.error(
      'SIZE_LIMIT',
      'bytes',
      `The module has ${bytes.length} bytes; ${maxBytes} are allowed.`,
    )
    return undefined
  }
  if (hash !== undefined) checkHash(bytes, hash, findings)
  return bytes
}

function checkHash(bytes: Uint8Array, hash: unknown, findings: Findings): void {
  const actual = digestOf(bytes, createSha256)
  if (isDigest(hash) && hash === actual) return
  findings.error(
    'HASH_MISMATCH',
    'hash',
    `The bytes have the hash "${actual}", not ${shown(hash)}.`,
  )
}

function declaredIn(fields: Fields): { allowedImports: string[]; syscalls: string[] | undefined } {
  const permissions = objectOf(fields, 'permissions')
  const texts = (value: unknown): string[] | undefined =>
    Array.isArray(value) ? value.filter((one) => typeof one === 'string') : undefined
  return {
    allowedImports: texts(permissions['allowedImports']) ?? [],
    syscalls: texts(permissions['syscalls']),
  }
}

/** The signatures that the module itself carries. */
function checkOwnSignatures(
  callee: NonNullable<ReturnType<typeof checkModule>>,
  findings: Findings,
): void {
  let own: unknown
  try {
    own = readAbiSection(callee.shape).exports
  } catch {
    // `checkModule` told of it.
    return
  }
  const path = 'bytes.gaesup:abi'
  compareSignatures(checkSignatures(own, path, findings), callee, { path, findings })
}
