import { ByteCursor } from '../binary/byte-cursor.ts'
import { ByteSink } from '../binary/byte-sink.ts'
import { skipLocals } from '../binary/locals.ts'
import type { ModuleShape } from '../binary/module-shape.ts'
import {
  contentOf,
  readSections,
  SectionId,
  withSection,
  writeSections,
} from '../binary/sections.ts'
import { readBodies } from './function-bodies.ts'
import { stackExport } from './guest-stack.ts'

const i32 = 0x7f
const ofGlobal = 3
/** Of names of globals, in the section "name". */
const globalNames = 7
const names = new Set(['__stack_pointer', '~lib/memory/__stack_pointer'])
const op = { globalGet: 0x23, globalSet: 0x24, i32Const: 0x41, add: 0x6a, sub: 0x6b, tee: 0x22 }

/**
 * The module with its stack pointer exported for the host: the global that says how far its stack in linear memory reaches. Where it is not
 * certain which one that is, the bytes stay as they are.
 */
export function exportStack(ready: Uint8Array, given: Uint8Array, shape: ModuleShape): Uint8Array {
  const index = findStackPointer(given, shape)
  if (index === undefined) return ready
  const sections = readSections(ready)
  const cursor = new ByteCursor(contentOf(sections, SectionId.export) ?? Uint8Array.of(0))
  const out = new ByteSink().u32(cursor.u32() + 1).bytes(cursor.data.subarray(cursor.at))
  out.name(stackExport).u8(ofGlobal).u32(index)
  return writeSections(withSection(sections, { id: SectionId.export, content: out.finish() }))
}

/** By its name, or by what compilers write at both ends of functions that use it. */
export function findStackPointer(bytes: Uint8Array, shape: ModuleShape): number | undefined {
  const candidates = new Set(
    shape.globals.flatMap((one) => (one.isMutable && one.valueType === i32 ? [one.index] : [])),
  )
  if (candidates.size === 0 || !shape.hasMemory) return undefined
  const named = namedGlobal(shape)
  if (named !== undefined) return candidates.has(named) ? named : undefined
  const found = new Set<number>()
  for (const body of readBodies(
    contentOf(readSections(bytes), SectionId.code) ?? Uint8Array.of(0),
  )) {
    const index = usedAsStack(body, (one) => found.has(one))
    if (index !== undefined && candidates.has(index)) found.add(index)
    if (found.size > 1) return undefined
  }
  return [...found][0]
}

function namedGlobal({ exports, customSections }: ModuleShape): number | undefined {
  const exported = exports.get('__stack_pointer')
  if (exported?.kind === 'global') return exported.global.index
  const section = customSections.get('name')
  if (section === undefined) return undefined
  try {
    return readGlobalName(new ByteCursor(section))
  } catch {
    // No engine looks at this section, so it may hold anything.
    return undefined
  }
}

function readGlobalName(cursor: ByteCursor): number | undefined {
  while (!cursor.isDone) {
    const id = cursor.u8()
    const content = new ByteCursor(cursor.take(cursor.u32()))
    for (let left = id === globalNames ? content.u32() : 0; left > 0; left -= 1) {
      const index = content.u32()
      if (names.has(content.name())) return index
    }
  }
  return undefined
}

/** The global that a function makes smaller by a number of words where it begins, and larger by the same where it ends. */
function usedAsStack(body: Uint8Array, isKnown: (index: number) => boolean): number | undefined {
  const cursor = new ByteCursor(body)
  skipLocals(cursor)
  if (cursor.u8() !== op.globalGet) return undefined
  const index = cursor.u32()
  if (cursor.u8() !== op.i32Const) return undefined
  const from = cursor.at
  cursor.skipLeb()
  const size = body.subarray(from, cursor.at)
  if (!isWords(size) || cursor.u8() !== op.sub) return undefined
  let next = cursor.u8()
  if (next === op.tee) {
    cursor.skipLeb()
    next = cursor.u8()
  }
  if (next !== op.globalSet || cursor.u32() !== index) return undefined
  return isKnown(index) || endsWith(cursor, size, index) ? index : undefined
}

/** Whether the number is added again, and the global set, somewhere behind. Linkers write the same number in different lengths. */
function endsWith(body: ByteCursor, size: Uint8Array, index: number): boolean {
  const part = [op.i32Const, ...size, op.add, op.globalSet]
  const { data } = body
  for (let at = data.indexOf(op.i32Const, body.at); at >= 0; at = data.indexOf(op.i32Const, at + 1))
    if (part.every((byte, n) => data[at + n] === byte) && indexAt(data, at + part.length) === index)
      return true
  return false
}

function indexAt(data: Uint8Array, start: number): number {
  const bytes = data.subarray(start, start + 5)
  const length = bytes.findIndex((byte) => byte < 0x80) + 1
  return length === 0 ? -1 : new ByteCursor(bytes.subarray(0, length)).u32()
}

/** Whether a signed LEB128 is above zero, and a multiple of four. */
function isWords(leb: Uint8Array): boolean {
  const [first = 1] = leb
  const last = leb.at(-1) ?? 0x40
  return (first & 3) === 0 && (last & 0x40) === 0 && leb.some((byte) => (byte & 0x7f) !== 0)
}
