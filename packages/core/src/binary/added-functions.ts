import { ByteSink } from './byte-sink.ts'
import { Op } from './instructions.ts'
import type { MeterParts } from './meter-code.ts'
import type { FunctionType } from './types.ts'

const localGet = 0x20
const globalGet = 0x23
const globalSet = 0x24
const constant = 0x42
const less = 0x53
const subtract = 0x7d
const nothing = 0x40

/** The body of a function that does nothing but call another one of its type, or leaves its place to it. */
export function wayInBody(index: number, { params }: FunctionType, leaves: boolean): Uint8Array {
  const out = new ByteSink().u8(0)
  for (const n of params.keys()) out.u8(localGet).u32(n)
  return out
    .u8(leaves ? Op.returnCall : Op.call)
    .u32(index)
    .u8(Op.end)
    .finish()
}

/** The same, of a function that gets the depth as its last parameter. */
export function outerBody(
  index: number,
  { params }: FunctionType,
  { depthGlobal }: Pick<MeterParts, 'depthGlobal'>,
): Uint8Array {
  const out = new ByteSink().u8(0)
  for (const n of params.keys()) out.u8(localGet).u32(n)
  out.u8(globalGet).u32(depthGlobal).bytes([constant, 1, subtract])
  return out.u8(Op.call).u32(index).u8(Op.end).finish()
}

/** The body of a function that takes a length, charges for it and gives it back. */
export function chargeBody(
  parts: Pick<MeterParts, 'fuelGlobal' | 'askFunctions'>,
  unit: { shift: number },
): Uint8Array {
  const out = new ByteSink().u8(0)
  out.u8(globalGet).u32(parts.fuelGlobal)
  // The length is unsigned; it is scaled in 64 bits so that no length wraps round.
  out.bytes([localGet, 0, 0xad]).bytes([constant, Math.abs(unit.shift)])
  out
    .u8(unit.shift < 0 ? 0x88 : 0x86)
    .u8(subtract)
    .u8(globalSet)
    .u32(parts.fuelGlobal)
  out.u8(globalGet).u32(parts.fuelGlobal).bytes([constant, 0, less, Op.if, nothing])
  out.u8(Op.call).u32(parts.askFunctions.fuel)
  return out.bytes([Op.end, localGet, 0, Op.end]).finish()
}

/** The bodies of the functions that are called when there is none left. `stop` is what they do: a trap, or a call of the host. */
export function askBodies(
  { fuelGlobal, depthGlobal }: Pick<MeterParts, 'fuelGlobal' | 'depthGlobal'>,
  stop: readonly number[],
): Readonly<Record<keyof MeterParts['askFunctions'], Uint8Array>> {
  const fuel = new ByteSink().u8(0).bytes(stop)
  // Depth that is counted elsewhere is shown to the host.
  const depth = new ByteSink().u8(0).u8(globalGet).u32(depthGlobal)
  depth.bytes([localGet, 0]).u8(globalSet).u32(depthGlobal).bytes(stop)
  depth.u8(globalSet).u32(depthGlobal)
  // So is fuel, and what there is then is given back.
  const local = new ByteSink().bytes([0, localGet, 0]).u8(globalSet).u32(fuelGlobal).bytes(stop)
  local.u8(globalGet).u32(fuelGlobal)
  return {
    fuel: fuel.u8(Op.end).finish(),
    depth: depth.u8(Op.end).finish(),
    local: local.u8(Op.end).finish(),
  }
}
