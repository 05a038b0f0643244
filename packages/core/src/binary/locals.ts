import { ByteCursor } from './byte-cursor.ts'
import { ByteSink } from './byte-sink.ts'
import { skipImmediates } from './instructions.ts'
import { readValueType } from './types.ts'

/** Steps over the declarations of locals and tells where they stand. */
export function skipLocals(cursor: ByteCursor): { groups: number; count: number; at: number } {
  const groups = cursor.u32()
  const at = cursor.at
  let count = 0
  for (let left = groups; left > 0; left -= 1) {
    count += cursor.u32()
    readValueType(cursor)
  }
  return { groups, count, at }
}

const localGet = 0x20
const localTee = 0x22

/** The body of a function that gets one more parameter behind its first ones: locals from there on get other numbers. */
export function insertParameter(body: Uint8Array, params: number): Uint8Array {
  const cursor = new ByteCursor(body)
  skipLocals(cursor)
  const out = new ByteSink(body.length + 64)
  let copied = 0
  while (!cursor.isDone) {
    const op = cursor.u8()
    if (op < localGet || op > localTee) {
      skipImmediates(cursor, op)
      continue
    }
    out.bytes(body.subarray(copied, cursor.at))
    const local = cursor.u32()
    out.u32(local < params ? local : local + 1)
    copied = cursor.at
  }
  return out.bytes(body.subarray(copied)).finish()
}
