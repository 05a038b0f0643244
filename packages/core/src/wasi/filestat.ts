import type { FileKind, FileStat } from '../files/types.ts'
import { Errno, refuse } from './errno.ts'
import type { Descriptor, ListedEntry } from './fd-table.ts'
import type { Guest } from './guest.ts'
import { diskNumber } from './mounts.ts'
import type { Found, Spot } from './resolve.ts'

/** Numbers of `filetype`. */
export const filetypes: Readonly<Record<FileKind | 'device' | 'stream', number>> = {
  device: 2,
  directory: 3,
  file: 4,
  stream: 6,
  symlink: 7,
}

const Times = { atim: 1, atimNow: 2, mtim: 4, mtimNow: 8 } as const

export function filetypeOf(kind: ListedEntry['kind']): number {
  return filetypes[kind]
}

export function descriptorType(descriptor: Descriptor): number {
  return descriptor.kind === 'device' && descriptor.node.isStream
    ? filetypes.stream
    : filetypes[descriptor.kind]
}

/** System inodes are negative and become large numbers. */
export function inodeNumber(ino: number): bigint {
  return BigInt.asUintN(64, BigInt(ino))
}

export function spotNumber(spot: Spot): bigint {
  return spot.ino === undefined ? (spot.devices?.number ?? 0n) : inodeNumber(spot.ino)
}

export function writeFoundStat(guest: Guest, at: number, found: Found): void {
  if (found.kind === 'missing') refuse(Errno.noent)
  if (found.kind === 'device')
    return writeDeviceStat(guest, at, {
      number: found.node.number,
      type: filetypes[found.node.isStream ? 'stream' : 'device'],
    })
  if (found.kind === 'directory') return writeSpotStat(guest, at, found.spot)
  writeStat(guest, at, guest.files.statInode(found.ino))
}

export function writeDescriptorStat(guest: Guest, at: number, descriptor: Descriptor): void {
  if (descriptor.kind === 'device') return writeFoundStat(guest, at, descriptor)
  if (descriptor.kind === 'directory') return writeSpotStat(guest, at, descriptor.spot)
  writeStat(guest, at, guest.files.statInode(descriptor.ino))
}

/** Sets the times that `fstflags` names and leaves the others. */
export function setTimes(
  guest: Guest,
  ino: number,
  times: { atim: bigint; mtim: bigint; flags: number },
): void {
  const { flags } = times
  const isDoubled = (flags & 3) === 3 || (flags & 12) === 12
  if (isDoubled || flags >>> 0 > 15) refuse(Errno.inval)
  const { accessedAtMs, modifiedAtMs } = guest.files.statInode(ino)
  const now = toMs(guest.clock.realtimeNs())
  const accessed = pick(
    flags & Times.atim,
    toMs(times.atim),
    pick(flags & Times.atimNow, now, accessedAtMs),
  )
  const modified = pick(
    flags & Times.mtim,
    toMs(times.mtim),
    pick(flags & Times.mtimNow, now, modifiedAtMs),
  )
  guest.files.touchInode(ino, accessed, modified)
}

function pick(flag: number, yes: number, no: number): number {
  return flag === 0 ? no : yes
}

function writeSpotStat(guest: Guest, at: number, spot: Spot): void {
  if (spot.ino !== undefined) return writeStat(guest, at, guest.files.statInode(spot.ino))
  writeDeviceStat(guest, at, { number: spotNumber(spot), type: filetypes.directory })
}

function writeStat(guest: Guest, at: number, stat: FileStat): void {
  guest.memory.bytes(at, 64).fill(0)
  guest.memory.setU64(at, diskNumber(stat.ino))
  guest.memory.setU64(at + 8, inodeNumber(stat.ino))
  guest.memory.setU8(at + 16, filetypes[stat.kind])
  guest.memory.setU64(at + 24, BigInt(stat.links))
  guest.memory.setU64(at + 32, BigInt(stat.sizeBytes))
  guest.memory.setU64(at + 40, toNs(stat.accessedAtMs))
  guest.memory.setU64(at + 48, toNs(stat.modifiedAtMs))
  guest.memory.setU64(at + 56, toNs(stat.changedAtMs))
}

function writeDeviceStat(guest: Guest, at: number, device: { number: bigint; type: number }): void {
  guest.memory.bytes(at, 64).fill(0)
  guest.memory.setU64(at, 2n)
  guest.memory.setU64(at + 8, device.number)
  guest.memory.setU8(at + 16, device.type)
  guest.memory.setU64(at + 24, 1n)
}

function toNs(ms: number): bigint {
  if (ms <= 0) return 0n
  const whole = Math.floor(ms)
  return BigInt.asUintN(64, BigInt(whole) * 1_000_000n + BigInt(Math.round((ms - whole) * 1e6)))
}

function toMs(ns: bigint): number {
  const unsigned = BigInt.asUintN(64, ns)
  return Number(unsigned / 1_000_000n) + Number(unsigned % 1_000_000n) / 1e6
}
