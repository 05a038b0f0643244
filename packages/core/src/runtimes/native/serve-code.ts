import { Assembler, i32, i64 } from './assembler.ts'
import { argumentsAt, headAt, memorySize, nothing, op, type DriverNumbers } from './driver-code.ts'
import { sizeOfOther } from './linked-code.ts'
import { DriverOp, DriverSays, headBytes, scratchBytes } from './wire.ts'

const memoryGrow = [0x40, 0] as const
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
    ...otherArms(code, numbers),
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

/** For a linked module; without one these are numbers that mean nothing. */
function otherArms(code: Assembler, numbers: DriverNumbers): Record<number, () => void> {
  const { frame, leave, other } = numbers
  if (other === undefined) return {}
  return {
    [DriverOp.readOther]: () => {
      code.i32(DriverSays.data).get(local.b).i64(0n).i32(0).call(frame)
      code.get(local.a).get(local.b).raw(op.wrap).call(other.send).call(leave)
    },
    [DriverOp.writeOther]: () =>
      void code.get(local.a).get(local.b).raw(op.wrap).call(other.receive).call(leave),
    [DriverOp.pagesOfOther]: () => {
      code
        .call(leave)
        .raw(...sizeOfOther, op.extend)
        .set(local.value)
      sayValue(code, numbers)
    },
  }
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
