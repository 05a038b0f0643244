import { ContainerError, ContainerMemoryError } from '../../errors.ts'
import { hostClock, hostRandom } from '../../wasi/host-defaults.ts'
import type { HostPlan } from '../remote/host-plan.ts'
import type { NativeInstance } from './native-instance.ts'

const errno = {
  success: 0n,
  badf: 8n,
  inval: 28n,
  nosys: 52n,
  notsup: 58n,
  spipe: 70n,
  notcapable: 76n,
} as const
const encoder = new TextEncoder()
const largestTransfer = 16 << 20
const mostVectors = 1024
const eventBytes = 32
const subscriptionBytes = 48
const mostSubscriptions = 64

export interface NativeWasiPorts {
  readonly plan: HostPlan
  readonly instance: () => NativeInstance
  readonly onOutput: (stream: 'stdout' | 'stderr', bytes: Uint8Array) => void
  /** Counts what one call writes; set to 0 when the next begins. */
  readonly output: { bytes: number }
}

type Call = (args: readonly number[], raw: readonly bigint[]) => Promise<bigint> | bigint

/**
 * WASI for modules in native engines: clocks, randomness, environment, arguments, stdout and stderr. It has no files: whatever asks for
 * one learns that it is not there. Functions outside of `syscallFilter` answer "not capable".
 */
export function createNativeWasi(
  ports: NativeWasiPorts,
): (name: string, args: readonly bigint[]) => Promise<bigint> | bigint {
  const calls = { ...clocks(ports), ...texts(ports), ...descriptors(ports), ...ends() }
  return (name, args) => {
    const { syscallFilter } = ports.plan
    if (syscallFilter !== undefined && !syscallFilter.includes(name)) return errno.notcapable
    const call: Call | undefined = Object.hasOwn(calls, name) ? calls[name] : undefined
    if (call !== undefined) return call(args.map(toAddress), args)
    return name.startsWith('fd_') || name.startsWith('path_') ? errno.badf : errno.nosys
  }
}

function clocks({ instance }: NativeWasiPorts): Record<string, Call> {
  const nowNs = (clock: number): bigint =>
    clock === 0 ? hostClock.realtimeNs() : hostClock.monotonicNs()
  return {
    clock_res_get: async ([clock = 0, at = 0]) => {
      if (clock > 1) return errno.inval
      await instance().running.write(at, words([1_000_000n]))
      return errno.success
    },
    clock_time_get: async ([clock = 0, , at = 0]) => {
      if (clock > 1) return errno.inval
      await instance().running.write(at, words([nowNs(clock)]))
      return errno.success
    },
    random_get: async ([at = 0, length = 0]) => {
      if (length > largestTransfer) return errno.inval
      const bytes = new Uint8Array(length)
      hostRandom(bytes)
      await instance().running.write(at, bytes)
      return errno.success
    },
    sched_yield: () => errno.success,
    poll_oneoff: ([at = 0, eventsAt = 0, count = 0, storedAt = 0]) =>
      poll(instance(), { at, eventsAt, count, storedAt }, nowNs),
  }
}

/** Sleeps; nothing else can be waited for. A sleep ends with the call's time. */
async function poll(
  instance: NativeInstance,
  where: { at: number; eventsAt: number; count: number; storedAt: number },
  nowNs: (clock: number) => bigint,
): Promise<bigint> {
  const { running, budget } = instance
  if (where.count === 0 || where.count > mostSubscriptions) return errno.inval
  const bytes = await running.read(where.at, where.count * subscriptionBytes)
  const view = new DataView(bytes.buffer)
  const waits = Array.from({ length: where.count }, (_, n) => readSubscription(view, n, nowNs))
  const least = Math.min(...waits.map(({ ms }) => ms))
  await sleep(least, budget)
  const due = waits.filter(({ ms }) => ms <= least)
  const events = new Uint8Array(due.length * eventBytes)
  const out = new DataView(events.buffer)
  for (const [n, { userdata, type, error }] of due.entries()) {
    out.setBigUint64(n * eventBytes, userdata, true)
    out.setUint16(n * eventBytes + 8, error, true)
    out.setUint8(n * eventBytes + 10, type)
  }
  await running.write(where.eventsAt, events)
  await running.write(where.storedAt, new Uint8Array(Uint32Array.of(due.length).buffer))
  return errno.success
}

interface Wait {
  readonly userdata: bigint
  readonly type: number
  readonly ms: number
  readonly error: number
}

function readSubscription(view: DataView, n: number, nowNs: (clock: number) => bigint): Wait {
  const at = n * subscriptionBytes
  const userdata = view.getBigUint64(at, true)
  const type = view.getUint8(at + 8)
  if (type !== 0) return { userdata, type, ms: 0, error: Number(errno.notsup) }
  const clock = view.getUint32(at + 16, true)
  const timeout = view.getBigUint64(at + 24, true)
  const isAbsolute = (view.getUint16(at + 40, true) & 1) === 1
  const ns = isAbsolute ? timeout - nowNs(clock) : timeout
  return { userdata, type, ms: Math.max(0, Number(ns) / 1e6), error: 0 }
}

/** In steps, so that a signal is seen. */
async function sleep(ms: number, budget: NativeInstance['budget']): Promise<void> {
  const until = performance.now() + ms
  for (let left = ms; left > 0; left = until - performance.now()) {
    budget.check()
    await new Promise((resolve) => {
      setTimeout(resolve, Math.min(left, 20, Math.max(1, budget.leftMs)))
    })
  }
  budget.check()
}

function texts({ plan, instance }: NativeWasiPorts): Record<string, Call> {
  const environment = Object.entries(plan.environment).map(([name, value]) => `${name}=${value}`)
  return {
    environ_sizes_get: ([countAt = 0, sizeAt = 0]) =>
      sizes(instance(), environment, countAt, sizeAt),
    environ_get: ([at = 0, bytesAt = 0]) => list(instance(), environment, at, bytesAt),
    args_sizes_get: ([countAt = 0, sizeAt = 0]) => sizes(instance(), [plan.name], countAt, sizeAt),
    args_get: ([at = 0, bytesAt = 0]) => list(instance(), [plan.name], at, bytesAt),
  }
}

async function sizes(
  { running }: NativeInstance,
  items: readonly string[],
  ...[countAt, sizeAt]: [number, number]
): Promise<bigint> {
  const size = items.reduce((sum, one) => sum + encoder.encode(one).length + 1, 0)
  await running.write(countAt, new Uint8Array(Uint32Array.of(items.length).buffer))
  await running.write(sizeAt, new Uint8Array(Uint32Array.of(size).buffer))
  return errno.success
}

async function list(
  { running }: NativeInstance,
  items: readonly string[],
  ...[at, bytesAt]: [number, number]
): Promise<bigint> {
  const bytes = encoder.encode(items.map((one) => `${one}\0`).join(''))
  const addresses: number[] = []
  let next = bytesAt
  for (const one of items) {
    addresses.push(next)
    next += encoder.encode(one).length + 1
  }
  await running.write(at, new Uint8Array(Uint32Array.from(addresses).buffer))
  await running.write(bytesAt, bytes)
  return errno.success
}

function descriptors(ports: NativeWasiPorts): Record<string, Call> {
  return {
    fd_write: ([fd = 0, at = 0, count = 0, writtenAt = 0]) =>
      writeOut(ports, { fd, at, count, writtenAt }),
    // Stdin is empty.
    fd_read: async ([fd = 0, , , readAt = 0]) => {
      if (fd !== 0) return errno.badf
      await ports.instance().running.write(readAt, new Uint8Array(4))
      return errno.success
    },
    fd_fdstat_get: async ([fd = 0, at = 0]) => {
      if (fd > 2) return errno.badf
      const stat = new Uint8Array(24)
      const view = new DataView(stat.buffer)
      view.setUint8(0, 2)
      view.setBigUint64(8, fd === 0 ? 2n : 64n, true)
      await ports.instance().running.write(at, stat)
      return errno.success
    },
    fd_seek: ([fd = 0]) => (fd > 2 ? errno.badf : errno.spipe),
    fd_close: ([fd = 0]) => (fd > 2 ? errno.badf : errno.success),
  }
}

async function writeOut(
  { plan, instance, onOutput, output }: NativeWasiPorts,
  { fd, at, count, writtenAt }: { fd: number; at: number; count: number; writtenAt: number },
): Promise<bigint> {
  if (fd !== 1 && fd !== 2) return errno.badf
  if (count > mostVectors) return errno.inval
  const { running } = instance()
  const vectors = await running.read(at, count * 8)
  const view = new DataView(vectors.buffer)
  let written = 0
  for (let n = 0; n < count; n += 1) {
    const [from, length] = [view.getUint32(n * 8, true), view.getUint32(n * 8 + 4, true)]
    output.bytes += length
    if (output.bytes > plan.maxOutputBytes) tooMuch(plan.maxOutputBytes)
    if (length > 0) onOutput(fd === 1 ? 'stdout' : 'stderr', await running.read(from, length))
    written += length
  }
  await running.write(writtenAt, new Uint8Array(Uint32Array.of(written).buffer))
  return errno.success
}

function ends(): Record<string, Call> {
  return {
    proc_exit: ([exitCode = 0]) => {
      throw new ContainerError(
        `The module ended itself with exit code ${exitCode}.`,
        'GUEST_FAILED',
        { exitCode },
      )
    },
  }
}

function tooMuch(limit: number): never {
  throw new ContainerMemoryError(
    `The module wrote more than maxOutputBytes allows (${limit} bytes).`,
    'MEMORY_LIMIT',
    { limit },
  )
}

function toAddress(word: bigint): number {
  return Number(BigInt.asUintN(32, word))
}

function words(values: readonly bigint[]): Uint8Array {
  return new Uint8Array(BigUint64Array.from(values).buffer)
}
