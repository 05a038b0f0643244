import { ByteCursor } from '../../binary/byte-cursor.ts'
import { ByteSink } from '../../binary/byte-sink.ts'
import { isDirectCall, Op, skipImmediates } from '../../binary/instructions.ts'

const refFunc = 0xd2
/** Parts of an element segment's flags. */
const isNotActive = 1
const namesTable = 2
const holdsExpressions = 4

/** New number of a function. */
export type NumberOf = (index: number) => number

/** A code section whose calls name the functions by their new numbers; `more` are bodies for its end. */
export function renumberCode(
  content: Uint8Array | undefined,
  numberOf: NumberOf,
  more: readonly Uint8Array[],
): Uint8Array {
  const cursor = new ByteCursor(content ?? Uint8Array.of(0))
  const count = cursor.u32()
  const out = new ByteSink(cursor.data.length * 2).u32(count + more.length)
  for (let left = count; left > 0; left -= 1)
    out.sized(renumberBody(cursor.take(cursor.u32()), numberOf))
  for (const body of more) out.sized(body)
  return out.finish()
}

/** A global section whose initial values name the functions by their new numbers. */
export function renumberGlobals(
  content: Uint8Array | undefined,
  numberOf: NumberOf,
  more: readonly { readonly count: number; readonly bytes: Uint8Array }[],
): Uint8Array {
  const cursor = new ByteCursor(content ?? Uint8Array.of(0))
  const count = cursor.u32()
  const out = new ByteSink().u32(more.reduce((sum, one) => sum + one.count, count))
  for (let left = count; left > 0; left -= 1) {
    out.bytes(cursor.take(2))
    copyExpression(cursor, out, numberOf)
  }
  for (const { bytes } of more) out.bytes(bytes)
  return out.finish()
}

/** An element section that names the functions by their new numbers; `more` is one segment for its end. */
export function renumberElements(
  content: Uint8Array | undefined,
  numberOf: NumberOf,
  more: Uint8Array | undefined,
): Uint8Array {
  const cursor = new ByteCursor(content ?? Uint8Array.of(0))
  const count = cursor.u32()
  const out = new ByteSink().u32(count + (more === undefined ? 0 : 1))
  for (let left = count; left > 0; left -= 1) copySegment(cursor, out, numberOf)
  return out.bytes(more ?? []).finish()
}

function renumberBody(body: Uint8Array, numberOf: NumberOf): Uint8Array {
  const cursor = new ByteCursor(body)
  for (let groups = cursor.u32(); groups > 0; groups -= 1) {
    cursor.u32()
    cursor.skipLeb()
  }
  const out = new ByteSink(body.length + 64).bytes(body.subarray(0, cursor.at))
  while (!cursor.isDone) copyInstruction(cursor, out, numberOf)
  return out.finish()
}

function copySegment(cursor: ByteCursor, out: ByteSink, numberOf: NumberOf): void {
  const flags = cursor.u32()
  out.u32(flags)
  const isActive = (flags & isNotActive) === 0
  if (isActive && (flags & namesTable) !== 0) out.u32(cursor.u32())
  if (isActive) copyExpression(cursor, out, numberOf)
  // The kind or type of the elements stands there unless the segment is of the oldest form.
  if ((flags & (isNotActive | namesTable)) !== 0) out.u8(cursor.u8())
  const count = cursor.u32()
  out.u32(count)
  for (let left = count; left > 0; left -= 1) {
    if ((flags & holdsExpressions) !== 0) copyExpression(cursor, out, numberOf)
    else out.u32(numberOf(cursor.u32()))
  }
}

function copyExpression(cursor: ByteCursor, out: ByteSink, numberOf: NumberOf): void {
  while (copyInstruction(cursor, out, numberOf) !== Op.end);
}

function copyInstruction(cursor: ByteCursor, out: ByteSink, numberOf: NumberOf): number {
  const { at } = cursor
  const op = cursor.u8()
  if (isDirectCall(op) || op === refFunc) {
    out.u8(op).u32(numberOf(cursor.u32()))
  } else {
    skipImmediates(cursor, op)
    out.bytes(cursor.data.subarray(at, cursor.at))
  }
  return op
}
