import type { FunctionType } from '../../binary/types.ts'
import { Assembler, fromBits, i32, i64, toBits } from './assembler.ts'
import { DriverSays, driverVersion, headBytes, scratchBytes } from './wire.ts'

/** Numbers of what the driver's code uses. */
export interface DriverNumbers {
  readonly wasi: { readonly read: number; readonly write: number; readonly exit: number }
  readonly enter: number
  readonly leave: number
  readonly receive: number
  readonly send: number
  readonly frame: number
  readonly invoke: number
  readonly globals: number
  readonly serve: number
  /** First of the globals that keep the borrowed memory. */
  readonly saved: number
  readonly fuel: number | undefined
  readonly depth: number | undefined
  /** `gsp_free`, where the module has one. */
  readonly free: number | undefined
  /** Reaches the memory of a linked module. */
  readonly other: { readonly receive: number; readonly send: number } | undefined
}

export interface Slot {
  readonly index: number
  readonly type: FunctionType
}

export interface GlobalSlot {
  readonly index: number
  readonly valueType: number
}

const words = scratchBytes / 8
const countAt = 8
export const headAt = 16
export const argumentsAt: number = headAt + headBytes

type OpName =
  | 'eqz'
  | 'eq'
  | 'gtU'
  | 'add'
  | 'sub'
  | 'i32Load'
  | 'i64Load'
  | 'i32Store'
  | 'i64Store'
  | 'wrap'
  | 'extend'
  | 'shl'
  | 'shrU'
  | 'i64Add'
  | 'i64Eqz'
  | 'i64GtU'
  | 'i64LtU'
  | 'if'
  | 'else'
  | 'end'
  | 'block'
  | 'loop'
  | 'br'
  | 'brIf'
  | 'drop'
  | 'unreachable'
  | 'return'

export const op: Readonly<Record<OpName, number>> = {
  eqz: 0x45,
  eq: 0x46,
  gtU: 0x4b,
  add: 0x6a,
  sub: 0x6b,
  i32Load: 0x28,
  i64Load: 0x29,
  i32Store: 0x36,
  i64Store: 0x37,
  wrap: 0xa7,
  extend: 0xad,
  shl: 0x86,
  shrU: 0x88,
  i64Add: 0x7c,
  i64Eqz: 0x50,
  i64GtU: 0x56,
  i64LtU: 0x54,
  if: 0x04,
  else: 0x05,
  end: 0x0b,
  block: 0x02,
  loop: 0x03,
  br: 0x0c,
  brIf: 0x0d,
  drop: 0x1a,
  unreachable: 0x00,
  return: 0x0f,
}
export const nothing = 0x40
export const memorySize = [0x3f, 0] as const
/** Errno `again` of WASI. */
const again = 6

/** Keeps what stands where the driver is about to write. */
export function enterBody({ saved }: DriverNumbers): Uint8Array {
  const code = new Assembler()
  for (let n = 0; n < words; n += 1)
    code
      .i32(0)
      .memory(op.i64Load, n * 8)
      .setGlobal(saved + n)
  return code.finish()
}

/** Puts it back. */
export function leaveBody({ saved }: DriverNumbers): Uint8Array {
  const code = new Assembler()
  for (let n = 0; n < words; n += 1)
    code
      .i32(0)
      .getGlobal(saved + n)
      .memory(op.i64Store, n * 8)
  return code.finish()
}

/** (pointer, length): reads or writes all of it. The end of the input ends the program. */
export function transferBody({ wasi }: DriverNumbers, direction: 'read' | 'write'): Uint8Array {
  const [pointer, length, count] = [0, 1, 2]
  const code = new Assembler().raw(op.block, nothing, op.loop, nothing)
  code.get(length).raw(op.eqz).branch(op.brIf, 1)
  code.i32(0).get(pointer).memory(op.i32Store, 0)
  code.i32(0).get(length).memory(op.i32Store, 4)
  code.i32(0).i32(0).memory(op.i32Store, countAt)
  const file = direction === 'read' ? 0 : 1
  code.i32(file).i32(0).i32(1).i32(countAt)
  code.call(direction === 'read' ? wasi.read : wasi.write).set(count)
  code.get(count).i32(again).raw(op.eq).branch(op.brIf, 0)
  code.get(count).raw(op.if, nothing).i32(71).call(wasi.exit).raw(op.unreachable, op.end)
  code.i32(0).memory(op.i32Load, countAt).set(count)
  code.get(count).raw(op.eqz, op.if, nothing).i32(0).call(wasi.exit).raw(op.unreachable, op.end)
  code.get(count).get(length).raw(op.gtU, op.if, nothing)
  code.i32(72).call(wasi.exit).raw(op.unreachable, op.end)
  code.get(pointer).get(count).raw(op.add).set(pointer)
  code.get(length).get(count).raw(op.sub).set(length)
  return code
    .branch(op.br, 0)
    .raw(op.end, op.end)
    .finish([[1, i32]])
}

/** (number, b, c, arguments): sends a head, and the arguments that stand behind it. */
export function frameBody({ send }: DriverNumbers): Uint8Array {
  const code = new Assembler()
  code.i32(headAt).get(0).memory(op.i32Store, 0)
  code
    .i32(headAt)
    .raw(...memorySize)
    .memory(op.i32Store, 4)
  code.i32(headAt).get(1).memory(op.i64Store, 8)
  code.i32(headAt).get(2).memory(op.i64Store, 16)
  // Eight bytes an argument.
  code.i32(headAt).i32(headBytes).get(3).i32(3).raw(0x74, op.add).call(send)
  return code.finish()
}

/** (slot): calls it with the arguments in the borrowed memory, which is given back before. */
export function invokeBody({ leave }: DriverNumbers, slots: readonly Slot[]): Uint8Array {
  const result = 1
  const code = new Assembler()
  code.choose(
    slots.length,
    () => code.get(0),
    (n) => {
      const { index, type } = slots[n] ?? { index: 0, type: { params: [], results: [] } }
      for (const [at, param] of type.params.entries()) {
        code.i32(argumentsAt).memory(op.i64Load, at * 8)
        fromBits(code, param)
      }
      code.call(leave).call(index)
      const [type0] = type.results
      if (type0 === undefined) return
      toBits(code, type0)
      code.set(result)
    },
  )
  return code.get(result).finish([[1, i64]])
}

/** (slot, set, value): reads or sets a global. */
export function globalsBody(slots: readonly GlobalSlot[]): Uint8Array {
  const [slot, sets, value] = [0, 1, 2]
  const code = new Assembler()
  code.choose(
    slots.length,
    () => code.get(slot),
    (n) => {
      const { index, valueType } = slots[n] ?? { index: 0, valueType: i64 }
      code.get(sets).raw(op.if, nothing).get(value)
      fromBits(code, valueType)
      code.setGlobal(index).raw(op.else).getGlobal(index)
      toBits(code, valueType)
      code.set(value).raw(op.end)
    },
  )
  return code.get(value).finish()
}

/** What a module's import becomes: the host is asked, and may ask back before it answers. */
export function hostCallBody(numbers: DriverNumbers, n: number, type: FunctionType): Uint8Array {
  const code = new Assembler().call(numbers.enter)
  for (const [at, param] of type.params.entries()) {
    code.i32(argumentsAt).get(at)
    toBits(code, param)
    code.memory(op.i64Store, at * 8)
  }
  const { length } = type.params
  code.i32(DriverSays.hostCall).i64(BigInt(n)).i64(BigInt(length)).i32(length)
  code.call(numbers.frame).call(numbers.leave).call(numbers.serve)
  const [result] = type.results
  if (result === undefined) return code.raw(op.drop).finish()
  fromBits(code, result)
  return code.finish()
}

/** What the meter calls when fuel or depth ran out. */
export function tickBody(numbers: DriverNumbers): Uint8Array {
  const { enter, leave, frame, serve, fuel = 0, depth = 0 } = numbers
  const code = new Assembler().call(enter).i32(DriverSays.tick).getGlobal(fuel).getGlobal(depth)
  return code.i32(0).call(frame).call(leave).call(serve).raw(op.drop).finish()
}

/** `_start`: says that it is there, and does what it is told until it is told to end. */
export function startBody({ enter, leave, frame, serve }: DriverNumbers): Uint8Array {
  const code = new Assembler().call(enter).i32(DriverSays.ready).i64(driverVersion).i64(0n).i32(0)
  return code.call(frame).call(leave).call(serve).raw(op.drop).finish()
}
