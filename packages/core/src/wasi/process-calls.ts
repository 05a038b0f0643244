import { Errno, refuse } from './errno.ts'
import { ProcessExit, type Guest } from './guest.ts'

export function argsSizesGet(guest: Guest, [count, size]: [number, number]): void {
  writeSizes(guest, guest.args, [count, size])
}

export function argsGet(guest: Guest, [pointers, buffer]: [number, number]): void {
  writeTexts(guest, guest.args, [pointers, buffer])
}

export function environSizesGet(guest: Guest, [count, size]: [number, number]): void {
  writeSizes(guest, guest.env, [count, size])
}

export function environGet(guest: Guest, [pointers, buffer]: [number, number]): void {
  writeTexts(guest, guest.env, [pointers, buffer])
}

export function clockResGet(guest: Guest, [id, result]: [number, number]): void {
  readClock(guest, id)
  guest.memory.setU64(result, id === 0 ? 1_000_000n : 1000n)
}

export function clockTimeGet(
  guest: Guest,
  [id, _precision, result]: [number, bigint, number],
): void {
  guest.memory.setU64(result, readClock(guest, id))
}

export function randomGet(guest: Guest, [at, length]: [number, number]): void {
  guest.random(guest.memory.bytes(at, length))
}

export function procExit(_guest: Guest, [code]: [number]): void {
  throw new ProcessExit(code >>> 0)
}

/** There are no handlers to call, so every signal but 0 ends the guest as a shell would report it. */
export function procRaise(_guest: Guest, [signal]: [number]): void {
  if (signal >>> 0 > 31) refuse(Errno.inval)
  if (signal !== 0) throw new ProcessExit(128 + signal)
}

export function schedYield(): void {
  // The guest is alone: there is nobody to yield to.
}

/** No descriptor is ever a socket. */
export function socketCall(guest: Guest, [fd]: [number]): void {
  guest.fds.get(fd)
  refuse(Errno.notsock)
}

/** Realtime, monotonic, and the two CPU clocks, which count from the start of the guest. */
export function readClock(guest: Guest, id: number): bigint {
  if (id === 0) return BigInt.asUintN(64, guest.clock.realtimeNs())
  if (id === 1) return BigInt.asUintN(64, guest.clock.monotonicNs())
  if (id === 2 || id === 3) return BigInt.asUintN(64, guest.clock.monotonicNs() - guest.startedNs)
  return refuse(Errno.inval)
}

function writeSizes(
  guest: Guest,
  texts: readonly Uint8Array[],
  [count, size]: [number, number],
): void {
  guest.memory.setU32(count, texts.length)
  guest.memory.setU32(
    size,
    texts.reduce((sum, { length }) => sum + length, 0),
  )
}

function writeTexts(
  guest: Guest,
  texts: readonly Uint8Array[],
  [pointers, buffer]: [number, number],
): void {
  let at = buffer >>> 0
  for (const [n, text] of texts.entries()) {
    guest.memory.setU32((pointers >>> 0) + n * 4, at)
    guest.memory.bytes(at, text.length).set(text)
    at += text.length
  }
}
