import { ByteCursor, malformed, unsupported } from './byte-cursor.ts'
import { ByteSink } from './byte-sink.ts'

/** Parameters and results as the bytes of their value types. */
export interface FunctionType {
  readonly params: readonly number[]
  readonly results: readonly number[]
}

const plainTypes = new Map([
  [0x7f, 'i32'],
  [0x7e, 'i64'],
  [0x7d, 'f32'],
  [0x7c, 'f64'],
  [0x7b, 'v128'],
  [0x70, 'funcref'],
  [0x6f, 'externref'],
])

/** Only plain functions: what garbage-collected types allocate is outside of every limit. */
export function readTypes(content: Uint8Array | undefined): FunctionType[] {
  if (content === undefined) return []
  const cursor = new ByteCursor(content)
  return Array.from({ length: cursor.u32() }, () => {
    if (cursor.u8() !== 0x60) unsupported('garbage-collected types')
    return { params: readValueTypes(cursor), results: readValueTypes(cursor) }
  })
}

export function writeTypes(types: readonly FunctionType[]): Uint8Array {
  const out = new ByteSink().u32(types.length)
  for (const { params, results } of types) {
    out.u8(0x60).u32(params.length).bytes(params).u32(results.length).bytes(results)
  }
  return out.finish()
}

export function readValueType(cursor: ByteCursor): number {
  const type = cursor.u8()
  return plainTypes.has(type) ? type : unsupported(`the value type 0x${type.toString(16)}`)
}

const noResult = 0x40

/**
 * Reads the type of a block and tells whether it may have parameters. Types that take more than a byte (references to functions of
 * one type) are refused: whoever read on behind the first byte would read the module's instructions in wrong places.
 */
export function readBlockType(cursor: ByteCursor): boolean {
  const start = cursor.at
  cursor.skipLeb()
  const last = cursor.data[cursor.at - 1] ?? 0
  // Types by number are positive, and the sign of a number is the seventh bit of its last byte.
  if ((last & 0x40) === 0) return true
  if (cursor.at - start > 1) malformed('a block has a type of several bytes')
  if (last !== noResult && !plainTypes.has(last))
    unsupported(`the block type 0x${last.toString(16)}`)
  return false
}

export interface Limits {
  readonly min: number
  readonly max: number | undefined
}

/** Limits of a table or memory; shared, 64-bit and custom-page ones are refused. */
export function readLimits(cursor: ByteCursor): Limits {
  const flags = cursor.u8()
  if ((flags & 2) !== 0) unsupported('shared memory')
  if ((flags & 4) !== 0) unsupported('64-bit memory')
  if (flags > 1) unsupported(`memory flags 0x${flags.toString(16)}`)
  return { min: cursor.u32(), max: flags === 1 ? cursor.u32() : undefined }
}

export function writeLimits(out: ByteSink, limits: Limits): void {
  out.u8(limits.max === undefined ? 0 : 1).u32(limits.min)
  if (limits.max !== undefined) out.u32(limits.max)
}

function readValueTypes(cursor: ByteCursor): number[] {
  const count = cursor.u32()
  if (count > 1000) malformed('a function has more than 1,000 parameters or results')
  return Array.from({ length: count }, () => readValueType(cursor))
}
