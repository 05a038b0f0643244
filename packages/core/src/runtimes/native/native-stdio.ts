import type { Senses } from '../../abi/wasi-senses.ts'
import { ContainerMemoryError } from '../../errors.ts'
import type { HostPlan } from '../remote/host-plan.ts'
import type { NativeInstance } from './native-instance.ts'

export const errno = {
  success: 0n,
  badf: 8n,
  inval: 28n,
  nosys: 52n,
  spipe: 70n,
  notcapable: 76n,
} as const

/** What a run of a module is given, and where its output goes. */
export interface NativeRun {
  readonly args: readonly string[]
  readonly stdin: Uint8Array
  readonly onOutput: (stream: 'stdout' | 'stderr', bytes: Uint8Array) => void
}

export interface NativeWasiPorts {
  readonly plan: HostPlan
  readonly instance: NativeInstance
  readonly run: NativeRun
  /** Counts what one call writes; set to 0 when the next begins. */
  readonly output: { bytes: number }
  readonly senses: Senses
}

/** A function of WASI: its arguments as addresses and small numbers, and as they came. */
export type WasiCall = (args: readonly number[], raw: readonly bigint[]) => Promise<bigint> | bigint

const mostVectors = 1024
const characterDevice = 2
const [statBytes, fileStatBytes] = [24, 64]
/** Rights of a stream that is only read, and of one that is only written. */
const [readRight, writeRight] = [2n, 64n]

/** Whether a descriptor is stdin, stdout or stderr, which are all that there are. */
export function isStream(fd: number): boolean {
  return fd <= 2
}

/** Functions of WASI for the three streams of a program. */
export function createStreams(ports: NativeWasiPorts): Record<string, WasiCall> {
  const { instance, run } = ports
  const input = { left: run.stdin }
  return {
    fd_write: ([fd = 0, at = 0, count = 0, writtenAt = 0]) =>
      writeOut(ports, { fd, at, count, countAt: writtenAt }),
    fd_read: ([fd = 0, at = 0, count = 0, readAt = 0]) =>
      readIn(instance, input, { fd, at, count, countAt: readAt }),
    fd_fdstat_get: async ([fd = 0, at = 0]) => {
      if (!isStream(fd)) return errno.badf
      const stat = new Uint8Array(statBytes)
      const view = new DataView(stat.buffer)
      view.setUint8(0, characterDevice)
      view.setBigUint64(8, fd === 0 ? readRight : writeRight, true)
      await instance.running.write(at, stat)
      return errno.success
    },
    fd_filestat_get: async ([fd = 0, at = 0]) => {
      if (!isStream(fd)) return errno.badf
      const stat = new Uint8Array(fileStatBytes)
      const view = new DataView(stat.buffer)
      view.setUint8(16, characterDevice)
      view.setBigUint64(24, 1n, true)
      await instance.running.write(at, stat)
      return errno.success
    },
    fd_seek: ([fd = 0]) => (isStream(fd) ? errno.spipe : errno.badf),
    fd_close: ([fd = 0]) => (isStream(fd) ? errno.success : errno.badf),
  }
}

interface Transfer {
  readonly fd: number
  readonly at: number
  readonly count: number
  /** Where the module wants to read how much it was. */
  readonly countAt: number
}

interface Vector {
  readonly at: number
  readonly length: number
}

async function readVectors(
  { running }: NativeInstance,
  { at, count }: Transfer,
): Promise<readonly Vector[]> {
  const bytes = await running.read(at, count * 8)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Array.from({ length: count }, (_, n) => ({
    at: view.getUint32(n * 8, true),
    length: view.getUint32(n * 8 + 4, true),
  }))
}

async function readIn(
  instance: NativeInstance,
  input: { left: Uint8Array },
  transfer: Transfer,
): Promise<bigint> {
  if (transfer.fd !== 0) return errno.badf
  if (transfer.count > mostVectors) return errno.inval
  let done = 0
  for (const { at, length } of await readVectors(instance, transfer)) {
    const part = input.left.subarray(0, length)
    if (part.length === 0) continue
    await instance.running.write(at, part)
    input.left = input.left.subarray(part.length)
    done += part.length
  }
  await writeCount(instance, transfer, done)
  return errno.success
}

async function writeOut(
  { plan, instance, run, output }: NativeWasiPorts,
  transfer: Transfer,
): Promise<bigint> {
  if (transfer.fd !== 1 && transfer.fd !== 2) return errno.badf
  if (transfer.count > mostVectors) return errno.inval
  const stream = transfer.fd === 1 ? 'stdout' : 'stderr'
  let done = 0
  for (const { at, length } of await readVectors(instance, transfer)) {
    output.bytes += length
    if (output.bytes > plan.maxOutputBytes) tooMuch(plan.maxOutputBytes)
    if (length > 0) run.onOutput(stream, await instance.running.read(at, length))
    done += length
  }
  await writeCount(instance, transfer, done)
  return errno.success
}

async function writeCount(
  { running }: NativeInstance,
  { countAt }: Transfer,
  count: number,
): Promise<void> {
  await running.write(countAt, new Uint8Array(Uint32Array.of(count).buffer))
}

function tooMuch(limit: number): never {
  throw new ContainerMemoryError(
    `The module wrote more than maxOutputBytes allows (${limit} bytes).`,
    'MEMORY_LIMIT',
    { limit },
  )
}
