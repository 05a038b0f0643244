import type { FunctionType } from '../../binary/types.ts'
import { Assembler, fromBits, i32, i64, toBits } from './assembler.ts'
import { DriverOp, DriverSays, driverVersion, headBytes, scratchBytes } from './wire.ts'

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
const headAt = 16
const argumentsAt = headAt + headBytes

const op = {
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
  or: 0x84,
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
} as const
const nothing = 0x40
const memorySize = [0x3f, 0] as const
const memoryGrow = [0x40, 0] as const
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

const local = { a: 0, b: 1, c: 2, number: 3, value: 4, at: 5, length: 6 } as const

/** Reads and does what it is told until `return`. */
export function serveBody(numbers: DriverNumbers): Uint8Array {
  const code = new Assembler().raw(op.loop, nothing)
  readHead(code, numbers)
  const arms: Record<number, () => void> = {
    [DriverOp.return]: () => void code.call(numbers.leave).get(local.b).raw(op.return),
    [DriverOp.call]: () => call(code, numbers),
    [DriverOp.callJson]: () => callJson(code, numbers),
    [DriverOp.read]: () => read(code, numbers),
    [DriverOp.write]: () =>
      void code.get(local.a).get(local.b).raw(op.wrap).call(numbers.receive).call(numbers.leave),
    [DriverOp.load]: () => {
      code.call(numbers.leave).get(local.a).memory(op.i64Load, 0).set(local.value)
      sayValue(code, numbers)
    },
    [DriverOp.store]: () =>
      void code.call(numbers.leave).get(local.a).get(local.b).memory(op.i64Store, 0),
    [DriverOp.getGlobal]: () => {
      code.call(numbers.leave).get(local.a).i32(0).i64(0n).call(numbers.globals).set(local.value)
      sayValue(code, numbers)
    },
    [DriverOp.setGlobal]: () =>
      void code
        .call(numbers.leave)
        .get(local.a)
        .i32(1)
        .get(local.b)
        .call(numbers.globals)
        .raw(op.drop),
    [DriverOp.grow]: () => {
      code
        .call(numbers.leave)
        .get(local.a)
        .raw(...memoryGrow, op.extend)
        .set(local.value)
      sayValue(code, numbers)
    },
    [DriverOp.fuel]: () => setFuel(code, numbers),
    [DriverOp.exit]: () => void code.i32(0).call(numbers.wasi.exit),
  }
  const count = Object.keys(arms).length
  code.get(local.number).i32(count).raw(0x4f, op.if, nothing)
  code.i32(73).call(numbers.wasi.exit).raw(op.unreachable, op.end)
  code.choose(
    count,
    () => code.get(local.number),
    (n) => arms[n]?.(),
  )
  return code
    .branch(op.br, 0)
    .raw(op.end, op.unreachable)
    .finish([
      [1, i32],
      [2, i64],
      [1, i32],
      [3, i64],
    ])
}

function readHead(code: Assembler, { enter, receive }: DriverNumbers): void {
  code.call(enter).i32(headAt).i32(headBytes).call(receive)
  code.i32(headAt).memory(op.i32Load, 0).set(local.number)
  code.i32(headAt).memory(op.i32Load, 4).set(local.a)
  code.i32(headAt).memory(op.i64Load, 8).set(local.b)
  code.i32(headAt).memory(op.i64Load, 16).set(local.c)
}

function call(
  code: Assembler,
  { receive, invoke, enter, frame, leave, fuel }: DriverNumbers,
): void {
  code.i32(argumentsAt).get(local.c).raw(op.wrap).i32(3).raw(0x74).call(receive)
  code.get(local.a).call(invoke).set(local.value)
  code.call(enter).i32(DriverSays.result).get(local.value)
  pushFuel(code, fuel)
  code.i32(0).call(frame).call(leave)
}

/** Calls with (pointer, length), sends the bytes that the result names, and frees both. */
function callJson(code: Assembler, numbers: DriverNumbers): void {
  const { enter, leave, frame, invoke, send, free, fuel } = numbers
  code.i32(argumentsAt).get(local.b).i64(32n).raw(op.shrU).memory(op.i64Store, 0)
  code.i32(argumentsAt).get(local.b).i64(0xffff_ffffn).raw(0x83).memory(op.i64Store, 8)
  code.get(local.a).call(invoke).set(local.value)
  code.get(local.value).i64(32n).raw(op.shrU).set(local.at)
  code.get(local.value).i64(0xffff_ffffn).raw(0x83).set(local.length)
  code.call(enter)
  // No bytes, or bytes inside of memory and above what the driver borrows.
  code.get(local.length).raw(op.i64Eqz)
  code.get(local.at).get(local.length).raw(op.i64Add)
  code
    .raw(...memorySize, op.extend)
    .i64(16n)
    .raw(op.shl, op.i64GtU, op.eqz)
  code.get(local.at).i64(BigInt(scratchBytes)).raw(op.i64LtU, op.eqz, 0x71, 0x72)
  code.raw(op.if, nothing)
  code.i32(DriverSays.json).get(local.value).i64(0n).i32(0).call(frame)
  code.get(local.at).raw(op.wrap).get(local.length).raw(op.wrap).call(send).call(leave)
  if (free !== undefined) freeBoth(code, free)
  code.raw(op.else)
  code.i32(DriverSays.jsonUnsent).get(local.value).i64(0n).i32(0).call(frame).call(leave)
  code.raw(op.end)
  code.call(enter).i32(DriverSays.result).i64(0n)
  pushFuel(code, fuel)
  code.i32(0).call(frame).call(leave)
}

function freeBoth(code: Assembler, free: number): void {
  code.get(local.length).raw(op.i64Eqz, op.eqz)
  code.get(local.at).get(local.b).i64(32n).raw(op.shrU, 0x52, 0x71, op.if, nothing)
  code.get(local.at).raw(op.wrap).get(local.length).raw(op.wrap).call(free).raw(op.end)
  code.get(local.b).raw(op.wrap, op.if, nothing)
  code.get(local.b).i64(32n).raw(op.shrU, op.wrap).get(local.b).raw(op.wrap).call(free)
  code.raw(op.end)
}

function read(code: Assembler, { frame, send, leave }: DriverNumbers): void {
  code.i32(DriverSays.data).get(local.b).i64(0n).i32(0).call(frame)
  code.get(local.a).get(local.b).raw(op.wrap).call(send).call(leave)
}

function sayValue(code: Assembler, { enter, frame, leave }: DriverNumbers): void {
  code.call(enter).i32(DriverSays.value).get(local.value).i64(0n).i32(0).call(frame).call(leave)
}

function setFuel(code: Assembler, { leave, fuel, depth }: DriverNumbers): void {
  code.call(leave)
  if (fuel === undefined || depth === undefined) return
  code.get(local.b).setGlobal(fuel).get(local.c).setGlobal(depth)
}

function pushFuel(code: Assembler, fuel: number | undefined): void {
  if (fuel === undefined) code.i64(0n)
  else code.getGlobal(fuel)
}
