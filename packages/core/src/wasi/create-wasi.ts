import { rootInode, type MountedFiles, type VirtualFiles } from '../files/types.ts'
import { deviceTree, nullDevice, randomDevice, zeroDevice, type WasiDevice } from './devices.ts'
import { Errno, toErrno } from './errno.ts'
import { FdTable, type Descriptor } from './fd-table.ts'
import { GuestMemory } from './guest-memory.ts'
import { ProcessExit, type Guest, type WasiClock } from './guest.ts'
import { hostClock, hostRandom, hostSleep } from './host-defaults.ts'
import { mountOver, mountRoot } from './mounts.ts'
import { resolve, type Found, type Spot } from './resolve.ts'
import { allRights, Right, rightsOf } from './rights.ts'
import { systemCalls, type SystemCallName } from './system-calls.ts'

/** Options of `createWasi`. */
export interface WasiOptions {
  readonly files: VirtualFiles
  /** `args[0]` is the name of the program. Default: none. */
  readonly args?: readonly string[]
  /** The whole environment; nothing of the host's comes in. Default: empty. */
  readonly env?: Readonly<Record<string, string>>
  /** Absolute folders of `files` that the guest finds open, under the same names. Default `['/']`. */
  readonly preopens?: readonly string[]
  /** Descriptor 0 and `/dev/stdin`; a read may block. Default: at its end. */
  readonly stdin?: Pick<Required<WasiDevice>, 'read'>
  /** Descriptor 1 and `/dev/stdout`; what it throws ends the guest. Default: swallows. */
  readonly stdout?: Pick<Required<WasiDevice>, 'write'>
  /** Descriptor 2 and `/dev/stderr`, as `stdout`. */
  readonly stderr?: Pick<Required<WasiDevice>, 'write'>
  /** Further character devices by absolute path. They lie over `files` and win over what is there. */
  readonly devices?: Readonly<Record<string, WasiDevice>>
  /**
   * Other files by the absolute path of the folder they lie over, such as `openHostFolder` gives. They are no part of `files`: its snapshots and
   * changes know nothing of them. Links and moves between two of them answer `xdev`. A path that is no folder's is a `TypeError`.
   */
  readonly mounts?: Readonly<Record<string, MountedFiles>>
  /** Default: the host's clocks. */
  readonly clock?: WasiClock
  /** Fills with random bytes. Default: the host's, good for secrets. */
  readonly random?: (into: Uint8Array) => void
  /** Blocks for `poll_oneoff`. Default: `Atomics.wait`, or spinning on threads that may not block. */
  readonly sleep?: (ms: number) => void
  /**
   * Functions of WASI that work; all others answer `notcapable` (76). `proc_exit` always works, as it has no answer.
   * Default: all.
   */
  readonly allow?: readonly string[]
}

/** WASI preview 1 for one run of one module. */
export interface Wasi {
  /** For `new WebAssembly.Instance`. */
  readonly imports: {
    readonly wasi_snapshot_preview1: Readonly<Record<SystemCallName, WasiFunction>>
  }
  /**
   * Runs a command's `_start` once and returns its exit code. Traps of the guest and errors of devices, clocks and streams come
   * through as they are. Throws `TypeError` for an instance without `memory` or `_start`, and when called twice.
   */
  start(instance: WebAssembly.Instance): number
  /** Makes a reactor ready for calls and runs its `_initialize` if it has one. */
  initialize(instance: WebAssembly.Instance): void
  /**
   * Lets a reactor be called again after something threw through it, such as a limit. One that ended itself stays ended. Until then every system
   * call throws what ended the last one.
   */
  recover(): void
  /** Closes every descriptor. `start` does so itself. */
  close(): void
}

/** A function of `wasi_snapshot_preview1` as a module imports it. */
export type WasiFunction = (...args: (number | bigint)[]) => number

/** A system interface for one run of one module: WASI preview 1 over virtual files, and nothing of the host. */
export function createWasi(options: WasiOptions): Wasi {
  const guest = createGuest(options)
  const ending = new Ending()
  const imports = createImports(guest, options.allow, ending)
  let isUsed = false
  const bind = (instance: WebAssembly.Instance): void => {
    if (isUsed) throw new TypeError('This WASI has run already; every run needs its own.')
    const { memory } = instance.exports
    if (!(memory instanceof WebAssembly.Memory))
      throw new TypeError('The module exports no memory.')
    isUsed = true
    guest.memory.bind(memory)
  }
  return {
    imports: { wasi_snapshot_preview1: imports },
    start(instance) {
      const start = exportedFunction(instance, '_start')
      if (start === undefined)
        throw new TypeError('The module exports no _start: it is no command.')
      bind(instance)
      try {
        return exitCodeOf(start)
      } finally {
        guest.fds.closeAll()
      }
    },
    initialize(instance) {
      bind(instance)
      exportedFunction(instance, '_initialize')?.()
    },
    recover() {
      if (!(ending.cause?.error instanceof ProcessExit)) ending.cause = undefined
    },
    close: () => guest.fds.closeAll(),
  }
}

function exportedFunction(instance: WebAssembly.Instance, name: string): (() => void) | undefined {
  const value = instance.exports[name]
  return typeof value === 'function' ? () => void value() : undefined
}

function exitCodeOf(start: () => void): number {
  try {
    start()
    return 0
  } catch (error) {
    if (error instanceof ProcessExit) return error.exitCode
    throw error
  }
}

function createGuest(options: WasiOptions): Guest {
  const { mounts = {}, clock = hostClock, random = hostRandom, sleep = hostSleep } = options
  const files = mountOver(options.files, Object.values(mounts))
  const places = Object.keys(mounts).map((path, n) => [path, { ino: mountRoot(n) }] as const)
  const devices = deviceTree([...allDevices(options, random), ...places])
  const root: Spot = { ino: rootInode, devices }
  const fds = new FdTable(files)
  const guest: Guest = {
    files,
    root,
    memory: new GuestMemory(),
    fds,
    args: (options.args ?? []).map((text) => withNul(text)),
    env: Object.entries(options.env ?? {}).map(([name, value]) => withNul(`${name}=${value}`)),
    clock,
    startedNs: clock.monotonicNs(),
    random,
    sleep,
  }
  for (const name of ['stdin', 'stdout', 'stderr']) fds.add(openStream(find(guest, `/dev/${name}`)))
  for (const path of options.preopens ?? ['/']) fds.add(openPreopen(find(guest, path), path))
  return guest
}

function allDevices(
  options: WasiOptions,
  random: (into: Uint8Array) => void,
): Map<string, { device: WasiDevice; isStream: boolean }> {
  const device = (one: WasiDevice): { device: WasiDevice; isStream: boolean } => ({
    device: one,
    isStream: false,
  })
  const stream = (one: WasiDevice): { device: WasiDevice; isStream: boolean } => ({
    device: one,
    isStream: true,
  })
  return new Map([
    ['/dev/null', device(nullDevice)],
    ['/dev/zero', device(zeroDevice)],
    ['/dev/urandom', device(randomDevice(random))],
    ['/dev/stdin', stream(options.stdin ?? { read: () => 0 })],
    ['/dev/stdout', stream(options.stdout ?? { write: () => undefined })],
    ['/dev/stderr', stream(options.stderr ?? { write: () => undefined })],
    ...Object.entries(options.devices ?? {}).map(([path, one]) => [path, device(one)] as const),
  ])
}

function find(guest: Guest, path: string): Found {
  if (!path.startsWith('/')) throw new TypeError(`"${path}" is no absolute path.`)
  const below = path.replace(/^\/+/, '')
  if (below === '') return { kind: 'directory', spot: guest.root }
  return resolve(guest, guest.root, { path: below, follow: true }).found
}

function openStream(found: Found): Descriptor {
  if (found.kind !== 'device') throw new TypeError('A device lies over a standard stream.')
  const { device } = found.node
  const unused =
    (device.read === undefined ? Right.fdRead : 0n) |
    (device.write === undefined ? Right.fdWrite : 0n)
  return {
    kind: 'device',
    node: found.node,
    flags: 0,
    rights: rightsOf.stream & ~unused,
    inheriting: 0n,
  }
}

function openPreopen(found: Found, path: string): Descriptor {
  if (found.kind !== 'directory')
    throw new TypeError(`The folder "${path}" to open at the start is not there.`)
  return {
    kind: 'directory',
    spot: found.spot,
    preopen: path,
    flags: 0,
    rights: rightsOf.directory,
    inheriting: allRights,
  }
}

function withNul(text: string): Uint8Array {
  if (text.includes('\0')) throw new TypeError('Arguments and environment values hold no NUL.')
  return new TextEncoder().encode(`${text}\0`)
}

function createImports(
  guest: Guest,
  allow: readonly string[] | undefined,
  ending: Ending,
): Record<SystemCallName, WasiFunction> {
  const unknown = allow?.find((name) => !Object.hasOwn(systemCalls, name))
  if (unknown !== undefined)
    throw new TypeError(`WASI preview 1 has no function "${unknown}" to allow.`)
  const allowed = new Set(allow ?? Object.keys(systemCalls)).add('proc_exit')
  const wrap = ([name, call]: [string, unknown]): [string, WasiFunction] => [
    name,
    allowed.has(name)
      ? answering(guest, call as (guest: Guest, args: (number | bigint)[]) => void, ending)
      : () => Errno.notcapable,
  ]
  return Object.fromEntries(Object.entries(systemCalls).map(wrap)) as Record<
    SystemCallName,
    WasiFunction
  >
}

/** Once something has unwound the guest, nothing more is done for it, even if it caught the exception. */
class Ending {
  cause: { readonly error: unknown } | undefined
}

function answering(
  guest: Guest,
  call: (guest: Guest, args: (number | bigint)[]) => void,
  ending: Ending,
): WasiFunction {
  return (...args) => {
    if (ending.cause !== undefined) throw ending.cause.error
    try {
      call(guest, args)
      return Errno.success
    } catch (error) {
      const errno = toErrno(error)
      if (errno !== undefined) return errno
      ending.cause = { error }
      throw error
    }
  }
}
