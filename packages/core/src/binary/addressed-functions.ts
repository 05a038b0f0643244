import { ByteCursor, unsupported } from './byte-cursor.ts'
import { Op, skipImmediates } from './instructions.ts'
import { contentOf, SectionId, type Section } from './sections.ts'
import { readLimits, readValueType } from './types.ts'

/**
 * Functions whose address a module takes outside of its code, so that a table may lead to them. What code takes must stand there
 * as well, or be exported.
 */
export function addressedFunctions(sections: readonly Section[]): Set<number> {
  const found = new Set<number>()
  readTables(contentOf(sections, SectionId.table))
  readGlobals(contentOf(sections, SectionId.global), found)
  readElements(contentOf(sections, SectionId.element), found)
  return found
}

/** Refuses tables with a first value of their own, which could name functions. */
function readTables(content: Uint8Array | undefined): void {
  if (content === undefined) return
  const cursor = new ByteCursor(content)
  for (let left = cursor.u32(); left > 0; left -= 1) {
    readValueType(cursor)
    readLimits(cursor)
  }
}

function readGlobals(content: Uint8Array | undefined, found: Set<number>): void {
  if (content === undefined) return
  const cursor = new ByteCursor(content)
  for (let left = cursor.u32(); left > 0; left -= 1) {
    readValueType(cursor)
    cursor.u8()
    readExpression(cursor, found)
  }
}

/** @see https://webassembly.github.io/spec/core/binary/modules.html#element-section */
function readElements(content: Uint8Array | undefined, found: Set<number>): void {
  if (content === undefined) return
  const cursor = new ByteCursor(content)
  for (let left = cursor.u32(); left > 0; left -= 1) readElement(cursor, found)
}

function readElement(cursor: ByteCursor, found: Set<number>): void {
  const flags = cursor.u32()
  if (flags > 7) unsupported(`element segments of kind ${flags}`)
  const isActive = (flags & 1) === 0
  const hasExpressions = (flags & 4) !== 0
  if (isActive && (flags & 2) !== 0) cursor.u32()
  if (isActive) readExpression(cursor, found)
  if ((flags & 3) !== 0) {
    if (hasExpressions) readValueType(cursor)
    else cursor.u8()
  }
  for (let left = cursor.u32(); left > 0; left -= 1) {
    if (hasExpressions) readExpression(cursor, found)
    else found.add(cursor.u32())
  }
}

function readExpression(cursor: ByteCursor, found: Set<number>): void {
  for (let op = cursor.u8(); op !== Op.end; op = cursor.u8()) {
    if (op === Op.refFunc) found.add(cursor.u32())
    else skipImmediates(cursor, op)
  }
}
