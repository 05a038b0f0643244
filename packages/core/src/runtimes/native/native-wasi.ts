import { ContainerError } from '../../errors.ts'
import type { NativeInstance } from './native-instance.ts'
import type { HostCalls } from './native-module.ts'
import {
  createStreams,
  errno,
  isStream,
  type NativeWasiPorts,
  type WasiCall,
} from './native-stdio.ts'

const encoder = new TextEncoder()
/** Realtime, monotonic, and two of the CPU, which count from the start. */
const lastClock = 3
const largestTransfer = 16 << 20
const eventBytes = 32
const subscriptionBytes = 48
const mostSubscriptions = 64

/**
 * WASI for modules in native engines: clocks, randomness, environment, arguments, stdin, stdout and stderr. It has no files: whatever asks for
 * one learns that it is not there. Functions outside of `syscallFilter` answer "not capable".
 */
export function createNativeWasi(ports: NativeWasiPorts): HostCalls {
  const calls = { ...clocks(ports), ...texts(ports), ...createStreams(ports), ...ends }
  const { syscallFilter } = ports.plan
  // Ending has no answer that could refuse it.
  const allowed = syscallFilter === undefined ? undefined : new Set([...syscallFilter, 'proc_exit'])
  return (name, args) => {
    if (allowed?.has(name) === false) return errno.notcapable
    const call: WasiCall | undefined = Object.hasOwn(calls, name) ? calls[name] : undefined
    if (call !== undefined) return call(args.map(toAddress), args)
    return name.startsWith('fd_') || name.startsWith('path_') ? errno.badf : errno.nosys
  }
}

function clocks({ instance, senses }: NativeWasiPorts): Record<string, WasiCall> {
  const { clock: time, random } = senses
  const startedNs = time.monotonicNs()
  const nowNs = (clock: number): bigint => {
    if (clock === 0) return time.realtimeNs()
    return time.monotonicNs() - (clock === 1 ? 0n : startedNs)
  }
  return {
    clock_res_get: async ([clock = 0, at = 0]) => {
      if (clock > lastClock) return errno.inval
      await instance.running.write(at, words([clock === 0 ? 1_000_000n : 1000n]))
      return errno.success
    },
    clock_time_get: async ([clock = 0, , at = 0]) => {
      if (clock > lastClock) return errno.inval
      await instance.running.write(at, words([nowNs(clock)]))
      return errno.success
    },
    random_get: async ([at = 0, length = 0]) => {
      if (length > largestTransfer) return errno.inval
      const bytes = new Uint8Array(length)
      random(bytes)
      await instance.running.write(at, bytes)
      return errno.success
    },
    sched_yield: () => errno.success,
    poll_oneoff: ([at = 0, eventsAt = 0, count = 0, storedAt = 0]) =>
      poll(instance, { at, eventsAt, count, storedAt }, nowNs),
  }
}

/** Sleeps; streams are always ready. A sleep ends with the call's time. */
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
  if (type !== 0) {
    const error = isStream(view.getUint32(at + 16, true)) ? errno.success : errno.badf
    return { userdata, type, ms: 0, error: Number(error) }
  }
  const clock = view.getUint32(at + 16, true)
  if (clock > lastClock) return { userdata, type, ms: 0, error: Number(errno.inval) }
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

function texts({ plan, instance, run }: NativeWasiPorts): Record<string, WasiCall> {
  const environment = Object.entries(plan.environment).map(([name, value]) => `${name}=${value}`)
  return {
    environ_sizes_get: ([countAt = 0, sizeAt = 0]) => sizes(instance, environment, countAt, sizeAt),
    environ_get: ([at = 0, bytesAt = 0]) => list(instance, environment, at, bytesAt),
    args_sizes_get: ([countAt = 0, sizeAt = 0]) => sizes(instance, run.args, countAt, sizeAt),
    args_get: ([at = 0, bytesAt = 0]) => list(instance, run.args, at, bytesAt),
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

const ends: Record<string, WasiCall> = {
  proc_exit: ([exitCode = 0]) => leave(exitCode),
  // No handlers are there to call, so every signal but 0 ends the module as a shell would report it.
  proc_raise: ([signal = 0]) => {
    if (signal > 31) return errno.inval
    return signal === 0 ? errno.success : leave(128 + signal)
  },
}

function leave(exitCode: number): never {
  throw new ContainerError(`The module ended itself with exit code ${exitCode}.`, 'GUEST_FAILED', {
    exitCode,
  })
}

function toAddress(word: bigint): number {
  return Number(BigInt.asUintN(32, word))
}

function words(values: readonly bigint[]): Uint8Array {
  return new Uint8Array(BigUint64Array.from(values).buffer)
}
