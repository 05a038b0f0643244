import { detectAbi, extismModule, wasiModule } from '../abi/detect.ts'
import { readAbiSection } from '../abi/section.ts'
import { ByteCursor } from '../binary/byte-cursor.ts'
import type { Import } from '../binary/imports.ts'
import { limitMemory, meterModule } from '../binary/index.ts'
import { reservedPrefix } from '../binary/meter-module.ts'
import { readModuleShape, type ModuleShape } from '../binary/module-shape.ts'
import { contentOf, readSections, SectionId, type Section } from '../binary/sections.ts'
import { readLimits } from '../binary/types.ts'
import { ContainerError } from '../errors.ts'
import type { Findings } from './findings.ts'
import type { Callee } from './check-signatures.ts'
import type { ValidationErrorCode } from './types.ts'

/** Pages of 64 KiB that a memory can have at all. */
const allPages = 65_536
/** From so many bytes on a custom section is worth a warning. */
const largeSection = 1024 * 1024
/** Sections that this package itself writes. */
const ownSections = ['gaesup:abi', 'gaesup:js']

/** Everything about the bytes. `undefined` when they cannot be read as a module. */
export function checkModule(
  bytes: Uint8Array,
  maxSectionBytes: number,
  findings: Findings,
): Callee | undefined {
  const shape = attempt(findings, () => readModuleShape(bytes))
  // What stops the reader of the module's shape mostly stops the others, in the same words.
  if (shape === undefined) return undefined
  const limited = attempt(findings, () => limitMemory(bytes, allPages))
  attempt(findings, () => meterModule(bytes))
  checkReserved(shape, findings)
  const sections = readSections(bytes)
  checkSections(sections, maxSectionBytes, findings)
  if (limited !== undefined) checkMemories(sections, shape, findings)
  if (contentOf(sections, SectionId.start) !== undefined)
    findings.warn('START_FUNCTION', 'bytes', 'The module runs code while it is instantiated.')
  const abi = detectAbi(shape)
  const section = attempt(findings, () => readAbiSection(shape), 'ABI_INVALID')
  return { shape, abi, numeric: section?.numeric ?? [] }
}

/** Codes of the readers and rewriters that are codes of findings too. */
const passed = ['MODULE_INVALID', 'MODULE_UNSUPPORTED', 'MEMORY_LIMIT'] as const

function attempt<T>(findings: Findings, work: () => T, as?: ValidationErrorCode): T | undefined {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof ContainerError)) throw error
    const code = as ?? passed.find((one) => one === error.code)
    // Reserved names are looked for by `checkReserved`, which names all of them.
    if (code !== undefined) findings.error(code, 'bytes', error.message)
    return undefined
  }
}

function checkReserved({ exports, customSections }: ModuleShape, findings: Findings): void {
  for (const name of exports.keys()) {
    if (name.startsWith(reservedPrefix))
      findings.error(
        'RESERVED_NAME',
        'bytes',
        `The module exports "${name}", a name of the host's.`,
      )
  }
  for (const name of customSections.keys()) {
    if (name.startsWith(reservedPrefix) && !ownSections.includes(name))
      findings.error(
        'RESERVED_NAME',
        'bytes',
        `The module has a section "${name}", a name of the host's.`,
      )
  }
}

function checkSections(sections: readonly Section[], maxBytes: number, findings: Findings): void {
  for (const { id, content } of sections) {
    if (id !== SectionId.custom || content.length < Math.min(largeSection, maxBytes)) continue
    const name = new ByteCursor(content).name()
    const said = `The custom section "${name}" has ${content.length} bytes`
    if (content.length > maxBytes)
      findings.error('SECTION_LIMIT', 'bytes', `${said}; ${maxBytes} are allowed.`)
    else if (content.length >= largeSection) findings.warn('SECTION_LARGE', 'bytes', `${said}.`)
  }
}

function checkMemories(
  sections: readonly Section[],
  { imports }: ModuleShape,
  findings: Findings,
): void {
  const content = contentOf(sections, SectionId.memory)
  const cursor = new ByteCursor(content ?? Uint8Array.of(0))
  const own = Array.from({ length: cursor.u32() }, () => readLimits(cursor))
  const imported = imports.flatMap(({ type }) => (type.kind === 'memory' ? [type.limits] : []))
  if ([...own, ...imported].some(({ max }) => max === undefined))
    findings.warn(
      'MEMORY_UNBOUNDED',
      'bytes',
      'The memory has no maximum; only the limit of its host holds.',
    )
}

/** Functions that each ABI's host gives, beside WASI's. */
const interfaces: Partial<Record<Callee['abi'], readonly string[]>> = {
  native: ['error', 'log', 'emit', 'state_set', 'state_get', 'call', 'clock', 'random'].map(
    (name) => `gaesup.${name}`,
  ),
  assemblyscript: ['abort', 'seed', 'trace', 'console.log'].map((name) => `env.${name}`),
}

/** What `permissions` of a container say. */
export interface Declared {
  readonly allowedImports: readonly string[]
  /** Undefined: all of WASI. */
  readonly syscalls: readonly string[] | undefined
}

/** Compares the module's imports with what its ABI gives and the container declares. */
export function checkImports({ shape, abi }: Callee, declared: Declared, findings: Findings): void {
  const { allowedImports, syscalls } = declared
  const own = new Set([...(interfaces[abi] ?? []), ...allowedImports])
  for (const one of shape.imports) {
    const name = `${one.module}.${one.name}`
    if (!isGiven(one, abi) && !own.has(name))
      findings.error(
        'IMPORT_UNDECLARED',
        'permissions.allowedImports',
        `The module imports "${name}", which permissions.allowedImports does not name.`,
      )
    if (one.module === wasiModule && syscalls?.includes(one.name) === false)
      findings.warn(
        'SYSCALL_UNDECLARED',
        'permissions.syscalls',
        `The module imports WASI's "${one.name}", which permissions.syscalls does not name.`,
      )
  }
  const present = new Set(shape.imports.map(({ module, name }) => `${module}.${name}`))
  for (const name of allowedImports.filter((one) => !present.has(one)))
    findings.warn(
      'PERMISSION_UNUSED',
      'permissions.allowedImports',
      `The module does not import "${name}".`,
    )
}

function isGiven({ module, type }: Import, abi: Callee['abi']): boolean {
  if (type.kind === 'memory') return true
  return (
    type.kind === 'function' &&
    (module === wasiModule || (abi === 'extism' && module === extismModule))
  )
}
