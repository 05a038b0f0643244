import { Errno, refuse, toErrno } from './errno.ts'
import type { Guest } from './guest.ts'
import { readClock } from './process-calls.ts'
import { Right } from './rights.ts'

const subscriptionBytes = 48
const eventBytes = 32
const maxSubscriptions = 4096
const absoluteFlag = 1
const Tag = { clock: 0, fdRead: 1, fdWrite: 2 } as const

interface Subscription {
  readonly userdata: bigint
  readonly tag: number
  /** Of a clock: nanoseconds until it is due. */
  readonly dueNs: bigint
  readonly fd: number
  readonly error: Errno
}

interface Event {
  readonly userdata: bigint
  readonly tag: number
  readonly error: Errno
  readonly bytes: bigint
}

/**
 * Waits until the first subscription is due. Files, devices and streams are always ready, as a read of them may block
 * and a write never does; so only a list of nothing but clocks sleeps.
 */
export function pollOneoff(
  guest: Guest,
  args: [from: number, into: number, count: number, result: number],
): void {
  const [from, into, count, result] = args
  if (count === 0 || count >>> 0 > maxSubscriptions) refuse(Errno.inval)
  guest.memory.bytes(into, count * eventBytes)
  guest.memory.setU32(result, 0)
  const wanted = Array.from({ length: count }, (_, n) =>
    readSubscription(guest, from + n * subscriptionBytes),
  )
  const clocks = wanted.filter(({ tag, error }) => tag === Tag.clock && error === Errno.success)
  const soonestNs = clocks.reduce(
    (least, { dueNs }) => (dueNs < least ? dueNs : least),
    clocks[0]?.dueNs ?? 0n,
  )
  const mustSleep = clocks.length === wanted.length && soonestNs > 0n
  if (mustSleep) guest.sleep(Number(soonestNs) / 1e6)
  const dueBy = mustSleep ? soonestNs : 0n
  const events = wanted.filter(
    (one) => one.tag !== Tag.clock || one.error !== Errno.success || one.dueNs <= dueBy,
  )
  for (const [n, one] of events.entries())
    writeEvent(guest, into + n * eventBytes, toEvent(guest, one))
  guest.memory.setU32(result, events.length)
}

function readSubscription(guest: Guest, at: number): Subscription {
  const { memory } = guest
  const head = { userdata: memory.u64(at), tag: memory.u8(at + 8), fd: memory.u32(at + 16) }
  if (head.tag > Tag.fdWrite) refuse(Errno.inval)
  memory.bytes(at, subscriptionBytes)
  if (head.tag !== Tag.clock) return { ...head, dueNs: 0n, error: Errno.success }
  try {
    const clock = {
      id: memory.u32(at + 16),
      timeout: memory.u64(at + 24),
      flags: memory.u16(at + 40),
    }
    const now = readClock(guest, clock.id)
    return {
      ...head,
      dueNs: (clock.flags & absoluteFlag) === 0 ? clock.timeout : clock.timeout - now,
      error: Errno.success,
    }
  } catch (error) {
    return { ...head, dueNs: 0n, error: toErrno(error) ?? rethrow(error) }
  }
}

function toEvent(guest: Guest, { userdata, tag, fd, error }: Subscription): Event {
  if (tag === Tag.clock) return { userdata, tag, error, bytes: 0n }
  try {
    const open = guest.fds.get(
      fd,
      Right.pollFdReadwrite | (tag === Tag.fdRead ? Right.fdRead : Right.fdWrite),
    )
    const isFile = open.kind === 'file' && tag === Tag.fdRead
    const left = isFile ? Math.max(0, guest.files.statInode(open.ino).sizeBytes - open.offset) : 1
    return { userdata, tag, error: Errno.success, bytes: BigInt(left) }
  } catch (thrown) {
    return { userdata, tag, error: toErrno(thrown) ?? rethrow(thrown), bytes: 0n }
  }
}

function writeEvent(guest: Guest, at: number, event: Event): void {
  guest.memory.bytes(at, eventBytes).fill(0)
  guest.memory.setU64(at, event.userdata)
  guest.memory.setU16(at + 8, event.error)
  guest.memory.setU8(at + 10, event.tag)
  guest.memory.setU64(at + 16, event.bytes)
}

function rethrow(error: unknown): never {
  throw error
}
