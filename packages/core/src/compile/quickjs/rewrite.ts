import { ByteCursor } from '../../binary/byte-cursor.ts'
import { ByteSink } from '../../binary/byte-sink.ts'
import { isDirectCall, Op, skipImmediates } from '../../binary/instructions.ts'

/** A body whose calls of some functions go to others. */
export function redirectCalls(body: Uint8Array, to: ReadonlyMap<number, number>): Uint8Array {
  const cursor = new ByteCursor(body)
  for (let groups = cursor.u32(); groups > 0; groups -= 1) {
    cursor.u32()
    cursor.u8()
  }
  const out = new ByteSink(body.length + 16)
  let copied = 0
  while (!cursor.isDone) {
    const at = cursor.at
    const op = cursor.u8()
    if (!isDirectCall(op)) {
      skipImmediates(cursor, op)
      continue
    }
    const target = to.get(cursor.u32())
    if (target === undefined) continue
    out.bytes(body.subarray(copied, at)).u8(op).u32(target)
    copied = cursor.at
  }
  return out.bytes(body.subarray(copied)).finish()
}

/** Zero bytes from which on a gap between two segments is shorter than they are. */
const gap = 16

/** A data section that fills memory with an image; where `isWhole` as one segment, else leaving out what is zero. */
export function dataOf(memory: Uint8Array, isWhole: boolean): Uint8Array {
  const spans = isWhole ? [{ from: 0, to: memory.length }] : spansOf(memory)
  const out = new ByteSink(memory.length + spans.length * 12).u32(spans.length)
  for (const { from, to } of spans) {
    out.u8(0).u8(0x41).s64(BigInt(from)).u8(Op.end).sized(memory.subarray(from, to))
  }
  return out.finish()
}

/** Most segments that engines take. */
const mostSpans = 90_000

function spansOf(memory: Uint8Array): { from: number; to: number }[] {
  const spans: { from: number; to: number }[] = []
  let last: { from: number; to: number } | undefined
  for (let at = 0; at < memory.length; at += 1) {
    if (memory[at] === 0) continue
    if (last !== undefined && (at - last.to <= gap || spans.length >= mostSpans)) last.to = at + 1
    else spans.push((last = { from: at, to: at + 1 }))
  }
  return spans
}
