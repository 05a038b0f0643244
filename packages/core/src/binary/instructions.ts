import { unsupported, type ByteCursor } from './byte-cursor.ts'
import { readBlockType, readValueType } from './types.ts'

/** Numbers of the instructions that the meter looks at. */
export const Op = {
  unreachable: 0x00,
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  else: 0x05,
  end: 0x0b,
  br: 0x0c,
  brIf: 0x0d,
  brTable: 0x0e,
  return: 0x0f,
  call: 0x10,
  callIndirect: 0x11,
  returnCall: 0x12,
  returnCallIndirect: 0x13,
  refFunc: 0xd2,
  memoryGrow: 0x40,
  bulk: 0xfc,
  simd: 0xfd,
} as const

/** Numbers behind the bulk prefix whose work depends on the length on top of the stack. */
export const lengthOfBulk: ReadonlyMap<number, 'bytes' | 'elements'> = new Map([
  [8, 'bytes'],
  [10, 'bytes'],
  [11, 'bytes'],
  [12, 'elements'],
  [14, 'elements'],
  [15, 'elements'],
  [17, 'elements'],
])

type Immediates = (cursor: ByteCursor) => void

const none: Immediates = () => undefined
const index: Immediates = (cursor) => void cursor.u32()
const leb: Immediates = (cursor) => cursor.skipLeb()
const bytes =
  (count: number): Immediates =>
  (cursor) =>
    cursor.skip(count)
const both =
  (...parts: Immediates[]): Immediates =>
  (cursor) => {
    for (const part of parts) part(cursor)
  }
const memoryArgument: Immediates = (cursor) => {
  if ((cursor.u32() & 0x40) !== 0) cursor.u32()
  cursor.skipLeb()
}
const branchTable: Immediates = (cursor) => {
  for (let left = cursor.u32() + 1; left > 0; left -= 1) cursor.u32()
}
const valueTypes: Immediates = (cursor) => {
  for (let left = cursor.u32(); left > 0; left -= 1) readValueType(cursor)
}
const blockType: Immediates = (cursor) => void readBlockType(cursor)

const plain = table([
  [0x00, 0x01, none],
  [0x02, 0x04, blockType],
  [0x05, 0x05, none],
  [0x0b, 0x0b, none],
  [0x0c, 0x0d, index],
  [0x0e, 0x0e, branchTable],
  [0x0f, 0x0f, none],
  [0x10, 0x10, index],
  [0x11, 0x11, both(index, index)],
  [0x12, 0x12, index],
  [0x13, 0x13, both(index, index)],
  [0x1a, 0x1b, none],
  [0x1c, 0x1c, valueTypes],
  [0x20, 0x26, index],
  [0x28, 0x3e, memoryArgument],
  [0x3f, 0x40, index],
  [0x41, 0x42, leb],
  [0x43, 0x43, bytes(4)],
  [0x44, 0x44, bytes(8)],
  [0x45, 0xc4, none],
  [0xd0, 0xd0, leb],
  [0xd1, 0xd1, none],
  [0xd2, 0xd2, index],
])

const bulk = table([
  [0, 7, none],
  [8, 8, both(index, index)],
  [9, 9, index],
  [10, 10, both(index, index)],
  [11, 11, index],
  [12, 12, both(index, index)],
  [13, 13, index],
  [14, 14, both(index, index)],
  [15, 17, index],
])

const simd = table([
  [0, 11, memoryArgument],
  [12, 13, bytes(16)],
  [14, 20, none],
  [21, 34, bytes(1)],
  [35, 83, none],
  [84, 91, both(memoryArgument, bytes(1))],
  [92, 93, memoryArgument],
  [94, 275, none],
])

/** A call of a function by its number, which follows. */
export function isDirectCall(op: number): boolean {
  return op === Op.call || op === Op.returnCall
}

export function isTableCall(op: number): boolean {
  return op === Op.callIndirect || op === Op.returnCallIndirect
}

/** A call in place of the function that makes it: it never comes back there. */
export function isTailCall(op: number): boolean {
  return op === Op.returnCall || op === Op.returnCallIndirect
}

/** Steps over what follows an instruction's first byte; gives the number behind a prefix, else 0. */
export function skipImmediates(cursor: ByteCursor, op: number): number {
  const isPrefixed = op === Op.bulk || op === Op.simd
  const sub = isPrefixed ? cursor.u32() : 0
  const known = isPrefixed ? (op === Op.bulk ? bulk : simd)[sub] : plain[op]
  if (known === undefined) return unsupported(featureOf(op))
  known(cursor)
  return sub
}

function featureOf(op: number): string {
  if ((op >= 0x06 && op <= 0x0a) || op === 0x18 || op === 0x19 || op === 0x1f) return 'exceptions'
  if (op === 0x14 || op === 0x15) return 'references to functions of one type'
  if (op === 0xfe) return 'threads'
  if (op === 0xfb) return 'garbage-collected types'
  return `instruction 0x${op.toString(16)}`
}

function table(
  rows: readonly (readonly [from: number, to: number, immediates: Immediates])[],
): (Immediates | undefined)[] {
  const known: (Immediates | undefined)[] = []
  for (const [from, to, immediates] of rows)
    for (let op = from; op <= to; op += 1) known[op] = immediates
  return known
}
