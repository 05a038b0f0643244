import { ContainerError } from '../errors.ts'
import { shown } from '../registry/digest.ts'
import { isTag, parseOciReference, parseReference } from '../registry/reference.ts'
import { parseVersion } from '../registry/semver-range.ts'
import type { Findings } from './findings.ts'

type Fields = Readonly<Record<string, unknown>>

/** Name, version, texts, dependencies and permissions, whatever they are. */
export function checkMetadata(container: Fields, findings: Findings): void {
  checkName(container['name'], findings)
  checkVersion(container['version'], findings)
  for (const field of ['description', 'author', 'license', 'repository']) {
    const value = container[field]
    if (value !== undefined && typeof value !== 'string')
      findings.error('METADATA_INVALID', field, `"${field}" is text.`)
  }
  textsOf(container['keywords'], 'keywords', findings)
  for (const [n, text] of textsOf(container['dependencies'], 'dependencies', findings).entries())
    checkDependency(text, `dependencies[${n}]`, findings)
  checkPermissions(container, findings)
  const { createdAt } = container
  if (createdAt !== undefined && !(createdAt instanceof Date && !Number.isNaN(createdAt.getTime())))
    findings.error('METADATA_INVALID', 'createdAt', '"createdAt" is a valid Date.')
}

/** The texts of a list. Anything else is a finding, and gives an empty list. */
function textsOf(value: unknown, path: string, findings: Findings): string[] {
  if (value === undefined) return []
  if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return value
  findings.error('METADATA_INVALID', path, `"${path}" is a list of texts.`)
  return []
}

/** The object under a field. Anything else is a finding, and gives an empty object. */
export function objectOf(fields: Fields, field: string, findings?: Findings): Fields {
  const value = fields[field]
  if (value === undefined) return {}
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields
  findings?.error('METADATA_INVALID', field, `"${field}" is an object.`)
  return {}
}

function checkName(name: unknown, findings: Findings): void {
  if (
    typeof name === 'string' &&
    !/[:@]/.test(withoutPort(name)) &&
    parses(() => parseOciReference(name))
  )
    return
  findings.error(
    'NAME_INVALID',
    'name',
    `${shown(name)} is no name of a repository: lower-case letters, digits, ". _ -" and "/".`,
  )
}

/** A host may have a port; nothing else of a name has a colon. */
function withoutPort(name: string): string {
  return name.replace(/^[^/:]+:\d+\//, '')
}

function checkVersion(version: unknown, findings: Findings): void {
  if (typeof version !== 'string' || !isTag(version)) {
    findings.error(
      'VERSION_INVALID',
      'version',
      `${shown(version)} is no version that can be a tag.`,
    )
  } else if (parseVersion(version) === undefined) {
    findings.warn(
      'VERSION_NOT_SEMVER',
      'version',
      `${shown(version)} is no semantic version; ranges will not find it.`,
    )
  }
}

function checkDependency(text: string, path: string, findings: Findings): void {
  if (!parses(() => parseReference(text))) {
    findings.error(
      'DEPENDENCY_INVALID',
      path,
      `${shown(text)} is no reference such as "name:1.0.0".`,
    )
  } else if (!/[:@][^/]+$/.test(text)) {
    findings.warn('DEPENDENCY_UNPINNED', path, `${shown(text)} names no version.`)
  }
}

function checkPermissions(container: Fields, findings: Findings): void {
  const permissions = objectOf(container, 'permissions', findings)
  for (const field of ['allowedImports', 'network', 'syscalls'])
    textsOf(permissions[field], `permissions.${field}`, findings)
  const limits = objectOf(container, 'limits', findings)
  for (const field of ['maxMemory', 'maxCpuTime']) {
    const value = limits[field]
    if (value !== undefined && !(typeof value === 'number' && value > 0))
      findings.error(
        'METADATA_INVALID',
        `limits.${field}`,
        `"limits.${field}" is a number above zero.`,
      )
  }
}

function parses(parse: () => unknown): boolean {
  try {
    parse()
    return true
  } catch (error) {
    if (error instanceof ContainerError) return false
    throw error
  }
}
