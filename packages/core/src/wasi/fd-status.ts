import { Errno, refuse } from './errno.ts'
import { position } from './fd-io.ts'
import { descriptorType, setTimes, writeDescriptorStat } from './filestat.ts'
import type { Guest } from './guest.ts'
import { Right } from './rights.ts'

const encoder = new TextEncoder()
const allFlags = 31

export function fdClose(guest: Guest, [fd]: [number]): void {
  guest.fds.close(fd)
}

export function fdRenumber(guest: Guest, [from, to]: [number, number]): void {
  guest.fds.renumber(from, to)
}

export function fdFdstatGet(guest: Guest, [fd, at]: [number, number]): void {
  const open = guest.fds.get(fd)
  guest.memory.bytes(at, 24).fill(0)
  guest.memory.setU8(at, descriptorType(open))
  guest.memory.setU16(at + 2, open.flags)
  guest.memory.setU64(at + 8, open.rights)
  guest.memory.setU64(at + 16, open.inheriting)
}

export function fdFdstatSetFlags(guest: Guest, [fd, flags]: [number, number]): void {
  const open = guest.fds.get(fd, Right.fdFdstatSetFlags)
  if (flags >>> 0 > allFlags) refuse(Errno.inval)
  open.flags = flags
}

/** Rights only ever become fewer. */
export function fdFdstatSetRights(
  guest: Guest,
  [fd, rights, inheriting]: [number, bigint, bigint],
): void {
  const open = guest.fds.get(fd)
  const wanted = BigInt.asUintN(64, rights)
  const wantedBelow = BigInt.asUintN(64, inheriting)
  if ((wanted & ~open.rights) !== 0n || (wantedBelow & ~open.inheriting) !== 0n)
    refuse(Errno.notcapable)
  open.rights = wanted
  open.inheriting = wantedBelow
}

export function fdFilestatGet(guest: Guest, [fd, at]: [number, number]): void {
  writeDescriptorStat(guest, at, guest.fds.get(fd, Right.fdFilestatGet))
}

export function fdFilestatSetSize(guest: Guest, [fd, size]: [number, bigint]): void {
  guest.files.resizeInode(guest.fds.file(fd, Right.fdFilestatSetSize).ino, position(size))
}

export function fdFilestatSetTimes(
  guest: Guest,
  [fd, atim, mtim, flags]: [number, bigint, bigint, number],
): void {
  const open = guest.fds.get(fd, Right.fdFilestatSetTimes)
  const ino =
    open.kind === 'directory' ? open.spot.ino : open.kind === 'file' ? open.ino : undefined
  if (ino === undefined) return refuse(Errno.rofs)
  setTimes(guest, ino, { atim, mtim, flags })
}

/** Makes sure the file is at least `offset + length` long. */
export function fdAllocate(guest: Guest, [fd, offset, length]: [number, bigint, bigint]): void {
  const open = guest.fds.file(fd, Right.fdAllocate)
  if (length <= 0n) refuse(Errno.inval)
  const end = position(BigInt(position(offset)) + length)
  if (end > guest.files.statInode(open.ino).sizeBytes) guest.files.resizeInode(open.ino, end)
}

/** Advice changes nothing here: every file is in memory already. */
export function fdAdvise(
  guest: Guest,
  [fd, offset, length, advice]: [number, bigint, bigint, number],
): void {
  guest.fds.file(fd, Right.fdAdvise)
  if (offset < 0n || length < 0n || advice >>> 0 > 5) refuse(Errno.inval)
}

/** Every write has reached the files when its call returns; mounted ones wait for their disk. */
export function fdSync(guest: Guest, [fd]: [number]): void {
  const open = guest.fds.get(fd, Right.fdSync)
  if (open.kind === 'file') guest.files.sync?.(open.ino)
}

export function fdDatasync(guest: Guest, [fd]: [number]): void {
  const open = guest.fds.get(fd, Right.fdDatasync)
  if (open.kind === 'file') guest.files.sync?.(open.ino)
}

export function fdPrestatGet(guest: Guest, [fd, at]: [number, number]): void {
  const name = preopenName(guest, fd)
  guest.memory.setU32(at, 0)
  guest.memory.setU32(at + 4, name.length)
}

export function fdPrestatDirName(guest: Guest, [fd, at, length]: [number, number, number]): void {
  const name = preopenName(guest, fd)
  if (length >>> 0 < name.length) refuse(Errno.nametoolong)
  guest.memory.bytes(at, name.length).set(name)
}

function preopenName(guest: Guest, fd: number): Uint8Array {
  const open = guest.fds.get(fd)
  if (open.kind !== 'directory' || open.preopen === undefined) return refuse(Errno.badf)
  return encoder.encode(open.preopen)
}
