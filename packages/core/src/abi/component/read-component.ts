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
  instance: 5,
  alias: 6,
  canon: 8,
  import: 10,
  export: 11,
} as const

/** What tools write, `[method]output-stream.write` and `wasi:cli/run@0.2.0#run` among it; no quote, backslash, brace or line end. */
const harmless = /^[\w$.:/@#[\]+\- ]*$/
/** Whoever waits for a promise of such a resource would call it. */
const thenable = /\.then$/i
const deepest = 16
/**
 * Each instance of a component is written out, with those that it makes itself: ten times ten times ten of them fit into some hundred bytes. So
 * many may be made inside of others, which become 83 at most, and so many of those.
 */
const mostInner = 12
const mostOuter = 256

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
  const [outer, inner]: [Level, Level] = [
    { imports: [], left: mostOuter },
    { imports: [], left: mostInner },
  ]
  readSections(bytes, 0, { outer, inner })
  return { imports: outer.imports }
}

/** The component itself, or all that are inside of it together. */
interface Level {
  readonly imports: string[]
  /** Instances of components that may still be made. */
  left: number
}

function readSections(
  bytes: Uint8Array,
  depth: number,
  levels: { readonly outer: Level; readonly inner: Level },
): void {
  if (depth > deepest) unsupported(`components that nest deeper than ${deepest}`)
  const cursor = new ByteCursor(bytes)
  cursor.skip(8)
  while (!cursor.isDone) {
    const id = cursor.u8()
    const content = cursor.take(cursor.u32())
    if (id === Section.component) readSections(content, depth + 1, levels)
    else if (id === Section.coreModule) readCoreModule(content)
    else readSection(id, new ByteCursor(content), depth === 0 ? levels.outer : levels.inner)
  }
}

function readSection(id: number, cursor: ByteCursor, level: Level): void {
  if (id === Section.coreInstance) each(cursor, readCoreInstance)
  else if (id === Section.alias) each(cursor, readAlias)
  else if (id === Section.canon) each(cursor, readCanonical)
  else if (id === Section.export) each(cursor, readExport)
  else if (id === Section.instance) each(cursor, () => readInstance(cursor, level))
  else if (id === Section.import)
    each(cursor, () => {
      level.imports.push(externalName(cursor))
      skipExternal(cursor)
    })
}

function each(cursor: ByteCursor, read: (cursor: ByteCursor) => void): void {
  for (let left = cursor.u32(); left > 0; left -= 1) read(cursor)
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

function readInstance(cursor: ByteCursor, level: Level): void {
  const isInline = cursor.u8() === 1
  if (!isInline) {
    level.left -= 1
    if (level.left < 0) unsupported('so many instances of components')
    cursor.u32()
  }
  each(cursor, () => {
    if (isInline) externalName(cursor)
    else check(cursor.name())
    skipSorted(cursor)
  })
}

/** A kind of thing and its index. */
function skipSorted(cursor: ByteCursor): void {
  if (cursor.u8() === 0) cursor.u8()
  cursor.u32()
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
  skipSorted(cursor)
  if (cursor.u8() === 1) skipExternal(cursor)
}

function externalName(cursor: ByteCursor): string {
  if (cursor.u8() > 1) unsupported('names that this version of containers does not know')
  const name = check(cursor.name())
  return thenable.test(name) ? refuse(name) : name
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
  return harmless.test(name) ? name : refuse(name)
}

function refuse(name: string): never {
  throw new ContainerSecurityError(
    `The component has a name that could be read as a program: ${JSON.stringify(name.slice(0, 80))}.`,
    'FORBIDDEN',
    { name },
  )
}
