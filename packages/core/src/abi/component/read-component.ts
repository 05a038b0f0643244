import { ByteCursor, malformed, unsupported } from '../../binary/byte-cursor.ts'
import { readModuleShape } from '../../binary/module-shape.ts'
import { ContainerSecurityError } from '../../errors.ts'

/**
 * Section numbers.
 *
 * @see https://github.com/WebAssembly/component-model/blob/main/design/mvp/Binary.md
 */
const Section = {
  coreModule: 1,
  coreInstance: 2,
  component: 4,
  alias: 6,
  canon: 8,
  import: 10,
  export: 11,
} as const

/** What tools write, `[method]output-stream.write` and `wasi:cli/run@0.2.0#run` among it; no quote, backslash, brace or line end. */
const harmless = /^[\w$.:/@#[\]+\- ]*$/
const deepest = 16

/** What a component says of itself before anything is made of it. */
export interface ComponentShape {
  /** Names of its imports, with their versions. */
  readonly imports: readonly string[]
}

/**
 * Reads what `jco` does not look at. It writes names of core modules into JavaScript as they are, so that a name could be a program; and
 * asynchronous functions would make objects of the host without bound. Throws `ContainerSecurityError` (`FORBIDDEN`) and
 * `ContainerStartupError` (`MODULE_INVALID`, `MODULE_UNSUPPORTED`).
 */
export function readComponent(bytes: Uint8Array): ComponentShape {
  return { imports: readSections(bytes, 0) }
}

/** Gives the names of its imports. */
function readSections(bytes: Uint8Array, depth: number): string[] {
  if (depth > deepest) unsupported('components that nest deeper than 16')
  const cursor = new ByteCursor(bytes)
  cursor.skip(8)
  const imports: string[] = []
  while (!cursor.isDone) {
    const id = cursor.u8()
    const content = cursor.take(cursor.u32())
    if (id === Section.component) readSections(content, depth + 1)
    else if (id === Section.coreModule) readCoreModule(content)
    else imports.push(...readSection(id, new ByteCursor(content)))
  }
  return imports
}

function readSection(id: number, cursor: ByteCursor): string[] {
  if (id === Section.coreInstance) return each(cursor, readCoreInstance)
  if (id === Section.alias) return each(cursor, readAlias)
  if (id === Section.canon) return each(cursor, readCanonical)
  if (id === Section.export) return each(cursor, readExport)
  if (id !== Section.import) return []
  const names: string[] = []
  each(cursor, () => {
    names.push(externalName(cursor))
    skipExternal(cursor)
  })
  return names
}

function each(cursor: ByteCursor, read: (cursor: ByteCursor) => void): [] {
  for (let left = cursor.u32(); left > 0; left -= 1) read(cursor)
  return []
}

function readCoreModule(bytes: Uint8Array): void {
  const { imports, exports } = readModuleShape(bytes)
  for (const { module, name } of imports) {
    check(module)
    check(name)
  }
  for (const name of exports.keys()) check(name)
}

function readCoreInstance(cursor: ByteCursor): void {
  const isInline = cursor.u8() === 1
  if (!isInline) cursor.u32()
  each(cursor, () => {
    check(cursor.name())
    cursor.u8()
    cursor.u32()
  })
}

function readAlias(cursor: ByteCursor): void {
  if (cursor.u8() === 0) cursor.u8()
  const target = cursor.u8()
  cursor.u32()
  if (target === 2) cursor.u32()
  else check(cursor.name())
}

function readExport(cursor: ByteCursor): void {
  externalName(cursor)
  if (cursor.u8() === 0) cursor.u8()
  cursor.u32()
  if (cursor.u8() === 1) skipExternal(cursor)
}

function externalName(cursor: ByteCursor): string {
  if (cursor.u8() > 1) unsupported('names that this version of containers does not know')
  return check(cursor.name())
}

/** The type of an import or export. */
function skipExternal(cursor: ByteCursor): void {
  const kind = cursor.u8()
  if (kind === 2) unsupported('values as imports or exports')
  const hasBound = kind === 3
  const isEmpty = (hasBound || kind === 0) && cursor.u8() === 1 && hasBound
  if (!isEmpty) cursor.u32()
}

const Canonical = { lift: 0, lower: 1, resourceRep: 4 } as const
const lastEncoding = 2
const lastIndexed = 5

/** Lifts, lowers and resources only: everything else makes tasks, streams, threads and the like. */
function readCanonical(cursor: ByteCursor): void {
  const kind = cursor.u8()
  if (kind > Canonical.resourceRep) unsupported('asynchronous functions of components')
  if (kind > Canonical.lower) return void cursor.u32()
  cursor.u8()
  cursor.u32()
  each(cursor, () => {
    const option = cursor.u8()
    if (option > lastIndexed) unsupported('asynchronous functions of components')
    if (option > lastEncoding) cursor.u32()
  })
  if (kind === Canonical.lift) cursor.u32()
}

function check(name: string): string {
  if (name === '__proto__') malformed('a name is "__proto__"')
  if (harmless.test(name)) return name
  throw new ContainerSecurityError(
    `The component has a name that could be read as a program: ${JSON.stringify(name.slice(0, 80))}.`,
    'FORBIDDEN',
    { name },
  )
}
