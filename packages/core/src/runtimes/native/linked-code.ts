import { ByteCursor } from '../../binary/byte-cursor.ts'
import { ByteSink } from '../../binary/byte-sink.ts'
import { isTableCall, isTailCall, Op, skipImmediates } from '../../binary/instructions.ts'
import { readBlockType } from '../../binary/types.ts'
import { Assembler, i32 } from './assembler.ts'
import { nothing, op, type DriverNumbers } from './driver-code.ts'
import { refuse } from './read-module.ts'
import type { NumberOf } from './renumber.ts'

/** Numbers of the memories in a program with a linked module. A system interface uses the first, so it stays the module's. */
const memory = { module: 0, linked: 1, kept: 2 } as const
export const sizeOfOther: readonly number[] = [0x3f, memory.linked]
/** Limits of the memory that holds the module's first page while that is borrowed: one page. */
export const keptLimits: readonly number[] = [1, 1, 1]
const pageBytes = 65_536
/** Above what the driver itself uses. */
const borrowedAt = 256

const copy = (to: number, from: number): readonly number[] => [Op.bulk, 10, to, from]

/** (pointer, length): between the pipe and the memory of the linked module, through the first page of the module's own. */
export function transferOtherBody(
  { send, receive }: DriverNumbers,
  direction: 'read' | 'write',
): Uint8Array {
  const [pointer, length, part] = [0, 1, 2]
  const room = pageBytes - borrowedAt
  const code = new Assembler()
  code.i32(0).i32(0).i32(pageBytes)
  code.raw(...copy(memory.kept, memory.module), op.block, nothing, op.loop, nothing)
  code.get(length).raw(op.eqz).branch(op.brIf, 1)
  // The smaller of the two.
  code.get(length).i32(room).get(length).i32(room).raw(0x49, 0x1b).set(part)
  if (direction === 'read') {
    code.i32(borrowedAt).get(part).call(receive)
    code.get(pointer).i32(borrowedAt).get(part)
    code.raw(...copy(memory.linked, memory.module))
  } else {
    code.i32(borrowedAt).get(pointer).get(part)
    code.raw(...copy(memory.module, memory.linked))
    code.i32(borrowedAt).get(part).call(send)
  }
  code.get(pointer).get(part).raw(op.add).set(pointer)
  code.get(length).get(part).raw(op.sub).set(length)
  code.branch(op.br, 0).raw(op.end, op.end)
  code.i32(0).i32(0).i32(pageBytes)
  return code.raw(...copy(memory.module, memory.kept)).finish([[1, i32]])
}

export interface LinkedPlace {
  readonly numberOf: NumberOf
  /** Number of its first global. */
  readonly firstGlobal: number
}

/** The functions of a module, as they stand in another: with other numbers, and the second memory. */
export function moveBodies(content: Uint8Array | undefined, place: LinkedPlace): Uint8Array[] {
  const cursor = new ByteCursor(content ?? Uint8Array.of(0))
  return Array.from({ length: cursor.u32() }, () => moveBody(cursor.take(cursor.u32()), place))
}

function moveBody(body: Uint8Array, place: LinkedPlace): Uint8Array {
  const cursor = new ByteCursor(body)
  for (let groups = cursor.u32(); groups > 0; groups -= 1) {
    cursor.u32()
    cursor.skipLeb()
  }
  const out = new ByteSink(body.length * 2).bytes(body.subarray(0, cursor.at))
  while (!cursor.isDone) moveInstruction(cursor, out, place)
  return out.finish()
}

const globals = [0x23, 0x24]
const [firstAccess, lastAccess] = [0x28, 0x3e]
const [memorySize, memoryFill] = [0x3f, 11]
const hasMemoryNumber = 0x40

function moveInstruction(
  cursor: ByteCursor,
  out: ByteSink,
  { numberOf, firstGlobal }: LinkedPlace,
): void {
  const { at } = cursor
  const code = cursor.u8()
  if (code === Op.call) out.u8(code).u32(numberOf(cursor.u32()))
  else if (globals.includes(code)) out.u8(code).u32(cursor.u32() + firstGlobal)
  else if (code >= firstAccess && code <= lastAccess) {
    out
      .u8(code)
      .u32(cursor.u32() | hasMemoryNumber)
      .u32(memory.linked)
      .u32(cursor.u32())
  } else if (code === memorySize || code === Op.memoryGrow) {
    cursor.u32()
    out.u8(code).u32(memory.linked)
  } else if (code === Op.bulk) {
    if (cursor.u32() !== memoryFill) refuse('what is linked to it copies memory')
    cursor.u32()
    out.u8(code).u32(memoryFill).u32(memory.linked)
  } else {
    refuseTyped(cursor, code)
    skipImmediates(cursor, code)
    out.bytes(cursor.data.subarray(at, cursor.at))
  }
}

/** What names types, tables or functions in ways that a linked module does not. */
function refuseTyped(cursor: ByteCursor, code: number): void {
  const isBlock = code === Op.block || code === Op.loop || code === Op.if
  const hasType = isBlock && readBlockType(new ByteCursor(cursor.data.subarray(cursor.at)))
  if (
    hasType ||
    isTableCall(code) ||
    isTailCall(code) ||
    [Op.refFunc, 0x25, 0x26, Op.simd].includes(code)
  )
    refuse(`what is linked to it uses the instruction 0x${code.toString(16)}`)
}
