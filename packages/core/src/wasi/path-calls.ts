import { Errno, refuse } from './errno.ts'
import { setTimes, writeFoundStat } from './filestat.ts'
import type { Guest } from './guest.ts'
import { resolve, type Resolved } from './resolve.ts'
import { Right } from './rights.ts'

const followFlag = 1

/** A path below an open folder, as the guest passes it. */
interface GuestPath {
  readonly fd: number
  readonly right: bigint
  readonly at: number
  readonly length: number
}

export function pathCreateDirectory(
  guest: Guest,
  [fd, at, length]: [number, number, number],
): void {
  const place = entry(guest, { fd, right: Right.pathCreateDirectory, at, length })
  if (place.found.kind !== 'missing') refuse(Errno.exist)
  guest.files.make(changeable(place), place.name, 'directory')
}

type StatArgs = [fd: number, flags: number, at: number, length: number, result: number]

export function pathFilestatGet(guest: Guest, [fd, flags, at, length, result]: StatArgs): void {
  const place = target(guest, { fd, right: Right.pathFilestatGet, at, length }, flags)
  writeFoundStat(guest, result, place.found)
}

type TimesArgs = [
  fd: number,
  lookup: number,
  at: number,
  length: number,
  atim: bigint,
  mtim: bigint,
  flags: number,
]

export function pathFilestatSetTimes(
  guest: Guest,
  [fd, lookup, at, length, atim, mtim, flags]: TimesArgs,
): void {
  const { found } = target(guest, { fd, right: Right.pathFilestatSetTimes, at, length }, lookup)
  if (found.kind === 'missing') return refuse(Errno.noent)
  const ino =
    found.kind === 'directory' ? found.spot.ino : found.kind === 'device' ? undefined : found.ino
  if (ino === undefined) return refuse(Errno.rofs)
  setTimes(guest, ino, { atim, mtim, flags })
}

type LinkArgs = [
  fd: number,
  flags: number,
  at: number,
  length: number,
  newFd: number,
  newAt: number,
  newLength: number,
]

export function pathLink(
  guest: Guest,
  [fd, flags, at, length, newFd, newAt, newLength]: LinkArgs,
): void {
  const { found } = target(guest, { fd, right: Right.pathLinkSource, at, length }, flags)
  const place = entry(guest, {
    fd: newFd,
    right: Right.pathLinkTarget,
    at: newAt,
    length: newLength,
  })
  if (found.kind === 'missing') return refuse(Errno.noent)
  if (found.kind === 'directory' || found.kind === 'device') return refuse(Errno.perm)
  if (place.found.kind !== 'missing') refuse(Errno.exist)
  if (place.wantsFolder) refuse(Errno.noent)
  guest.files.linkInode(found.ino, changeable(place), place.name)
}

type ReadlinkArgs = [
  fd: number,
  at: number,
  length: number,
  into: number,
  room: number,
  used: number,
]

export function pathReadlink(guest: Guest, [fd, at, length, into, room, used]: ReadlinkArgs): void {
  const { found } = target(guest, { fd, right: Right.pathReadlink, at, length }, 0)
  if (found.kind === 'missing') return refuse(Errno.noent)
  if (found.kind !== 'symlink') return refuse(Errno.inval)
  const bytes = new TextEncoder().encode(guest.files.readLinkInode(found.ino))
  const buffer = guest.memory.bytes(into, room)
  guest.memory.setU32(used, Math.min(bytes.length, buffer.length))
  guest.memory.bytes(into, room).set(bytes.subarray(0, buffer.length))
}

export function pathRemoveDirectory(
  guest: Guest,
  [fd, at, length]: [number, number, number],
): void {
  const place = entry(guest, { fd, right: Right.pathRemoveDirectory, at, length })
  if (place.found.kind === 'missing') refuse(Errno.noent)
  if (place.found.kind !== 'directory') refuse(Errno.notdir)
  if (place.name === '') refuse(Errno.inval)
  guest.files.unlink(changeable(place), place.name)
}

export function pathUnlinkFile(guest: Guest, [fd, at, length]: [number, number, number]): void {
  const place = entry(guest, { fd, right: Right.pathUnlinkFile, at, length })
  if (place.found.kind === 'missing') refuse(Errno.noent)
  if (place.found.kind === 'directory') refuse(Errno.isdir)
  guest.files.unlink(changeable(place), place.name)
}

type RenameArgs = [
  fd: number,
  at: number,
  length: number,
  newFd: number,
  newAt: number,
  newLength: number,
]

export function pathRename(
  guest: Guest,
  [fd, at, length, newFd, newAt, newLength]: RenameArgs,
): void {
  const from = entry(guest, { fd, right: Right.pathRenameSource, at, length })
  const to = entry(guest, {
    fd: newFd,
    right: Right.pathRenameTarget,
    at: newAt,
    length: newLength,
  })
  if (from.found.kind === 'missing') refuse(Errno.noent)
  if (to.found.kind === 'device') refuse(Errno.rofs)
  if (to.wantsFolder && from.found.kind !== 'directory') refuse(Errno.notdir)
  if (from.name === '' || to.name === '') refuse(Errno.inval)
  guest.files.renameEntry(changeable(from), from.name, changeable(to), to.name)
}

type SymlinkArgs = [target: number, targetLength: number, fd: number, at: number, length: number]

export function pathSymlink(guest: Guest, [to, toLength, fd, at, length]: SymlinkArgs): void {
  const text = guest.memory.text(to, toLength)
  const place = entry(guest, { fd, right: Right.pathSymlink, at, length })
  if (place.found.kind !== 'missing') refuse(Errno.exist)
  if (place.wantsFolder) refuse(Errno.noent)
  guest.files.make(changeable(place), place.name, 'symlink', text)
}

/** What the path leads to; a trailing slash follows a link as the flag does. */
function target(guest: Guest, path: GuestPath, lookup: number): Resolved {
  const base = guest.fds.directory(path.fd, path.right)
  const text = guest.memory.text(path.at, path.length)
  return resolve(guest, base.spot, {
    path: text,
    follow: (lookup & followFlag) !== 0 || text.endsWith('/'),
  })
}

/** The entry itself, a link not followed. */
function entry(guest: Guest, path: GuestPath): Resolved {
  const base = guest.fds.directory(path.fd, path.right)
  return resolve(guest, base.spot, { path: guest.memory.text(path.at, path.length), follow: false })
}

/** The folder of an entry, unless the entry or its folder belongs to the devices. */
function changeable(place: Resolved): number {
  const isDevice =
    place.found.kind === 'device' ||
    (place.found.kind === 'directory' && place.found.spot.devices !== undefined)
  if (place.parent.ino === undefined || isDevice) return refuse(Errno.rofs)
  return place.parent.ino
}
