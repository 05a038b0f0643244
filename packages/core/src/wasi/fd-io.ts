import { readDevice, writeDevice } from './devices.ts'
import { Errno, refuse, toErrno } from './errno.ts'
import type { OpenDevice, OpenFile } from './fd-table.ts'
import type { Guest } from './guest.ts'
import type { Span } from './guest-memory.ts'
import { Right } from './rights.ts'

const appendFlag = 1
/** `dsync` and `sync`: a write is on the disk when its call returns. */
const syncFlags = 2 | 16
const maxOffset = BigInt(Number.MAX_SAFE_INTEGER)

type Scattered = [fd: number, iovs: number, count: number, result: number]
type Placed = [fd: number, iovs: number, count: number, offset: bigint, result: number]

export function fdRead(guest: Guest, [fd, iovs, count, result]: Scattered): void {
  const open = readWrite(guest, fd, Right.fdRead)
  const spans = guest.memory.spans(iovs, count)
  guest.memory.setU32(result, 0)
  if (open.kind === 'device') return guest.memory.setU32(result, readOnce(guest, open, spans))
  const done = readAt(guest, { open, offset: open.offset }, spans)
  open.offset += done
  guest.memory.setU32(result, done)
}

export function fdPread(guest: Guest, [fd, iovs, count, offset, result]: Placed): void {
  const open = guest.fds.file(fd, Right.fdRead | Right.fdSeek)
  const spans = guest.memory.spans(iovs, count)
  guest.memory.setU32(result, readAt(guest, { open, offset: position(offset) }, spans))
}

export function fdWrite(guest: Guest, [fd, iovs, count, result]: Scattered): void {
  const open = readWrite(guest, fd, Right.fdWrite)
  const spans = guest.memory.spans(iovs, count)
  guest.memory.setU32(result, 0)
  if (open.kind === 'device') return guest.memory.setU32(result, writeAll(guest, open, spans))
  const offset =
    (open.flags & appendFlag) === 0 ? open.offset : guest.files.statInode(open.ino).sizeBytes
  const done = writeAt(guest, { open, offset }, spans)
  open.offset = offset + done
  guest.memory.setU32(result, done)
}

export function fdPwrite(guest: Guest, [fd, iovs, count, offset, result]: Placed): void {
  const open = guest.fds.file(fd, Right.fdWrite | Right.fdSeek)
  const spans = guest.memory.spans(iovs, count)
  guest.memory.setU32(result, 0)
  const at =
    (open.flags & appendFlag) === 0 ? position(offset) : guest.files.statInode(open.ino).sizeBytes
  guest.memory.setU32(result, writeAt(guest, { open, offset: at }, spans))
}

export function fdSeek(
  guest: Guest,
  [fd, delta, whence, result]: [number, bigint, number, number],
): void {
  // Asking where one is needs only the right to tell.
  const right = delta === 0n && whence === 1 ? Right.fdTell : Right.fdSeek
  const open = guest.fds.get(fd)
  if (open.kind === 'device') return seekDevice(guest, open, result)
  const file = guest.fds.file(fd, right)
  const bases = [0, file.offset, guest.files.statInode(file.ino).sizeBytes]
  const base = bases[whence & 0xff] ?? refuse(Errno.inval)
  const next = position(BigInt(base) + delta)
  guest.memory.setU64(result, BigInt(next))
  file.offset = next
}

export function fdTell(guest: Guest, [fd, result]: [number, number]): void {
  const open = guest.fds.get(fd)
  if (open.kind === 'device') return seekDevice(guest, open, result)
  guest.memory.setU64(result, BigInt(guest.fds.file(fd, Right.fdTell).offset))
}

/** An offset from the guest as a number; negative and absurd ones are refused. */
export function position(offset: bigint): number {
  return offset < 0n || offset > maxOffset ? refuse(Errno.inval) : Number(offset)
}

function readWrite(guest: Guest, fd: number, right: bigint): OpenFile | OpenDevice {
  const open = guest.fds.get(fd)
  if (open.kind === 'directory') return refuse(Errno.isdir)
  return (open.rights & right) === right ? open : refuse(Errno.notcapable)
}

function seekDevice(guest: Guest, open: OpenDevice, result: number): void {
  if (open.node.isStream) refuse(Errno.spipe)
  guest.memory.setU64(result, 0n)
}

/** One read of the device, into the first buffer that has room: a second one could block for ever. */
function readOnce(guest: Guest, open: OpenDevice, spans: readonly Span[]): number {
  const span = spans.find(({ length }) => length > 0)
  return span === undefined
    ? 0
    : readDevice(open.node.device, guest.memory.bytes(span.at, span.length))
}

function writeAll(guest: Guest, open: OpenDevice, spans: readonly Span[]): number {
  let done = 0
  for (const { at, length } of spans) {
    if (length > 0) writeDevice(open.node.device, guest.memory.bytes(at, length))
    done += length
  }
  return done
}

function readAt(
  guest: Guest,
  from: { open: OpenFile; offset: number },
  spans: readonly Span[],
): number {
  let done = 0
  for (const { at, length } of spans) {
    const count = guest.files.readInode(
      from.open.ino,
      from.offset + done,
      guest.memory.bytes(at, length),
    )
    done += count
    if (count < length) break
  }
  return done
}

/** Writes buffer by buffer; when the quota ends in the middle, what was written counts. */
function writeAt(
  guest: Guest,
  to: { open: OpenFile; offset: number },
  spans: readonly Span[],
): number {
  let done = 0
  for (const { at, length } of spans) {
    try {
      guest.files.writeInode(to.open.ino, to.offset + done, guest.memory.bytes(at, length))
    } catch (error) {
      if (done > 0 && toErrno(error) !== undefined) break
      throw error
    }
    done += length
  }
  if ((to.open.flags & syncFlags) !== 0) guest.files.sync?.(to.open.ino)
  return done
}
