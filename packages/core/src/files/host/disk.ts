import type * as Fs from 'node:fs'
import { ContainerError } from '../../errors.ts'
import { FilesError } from '../error.ts'
import type { FileAccess, FileKind, FilesErrorCode } from '../types.ts'

/** What is used of `node:fs`. */
export type HostFs = Pick<
  typeof Fs,
  | 'closeSync'
  | 'constants'
  | 'fstatSync'
  | 'fsyncSync'
  | 'ftruncateSync'
  | 'linkSync'
  | 'lstatSync'
  | 'lutimesSync'
  | 'mkdirSync'
  | 'opendirSync'
  | 'openSync'
  | 'readlinkSync'
  | 'readSync'
  | 'realpathSync'
  | 'renameSync'
  | 'rmdirSync'
  | 'statfsSync'
  | 'symlinkSync'
  | 'unlinkSync'
  | 'utimesSync'
  | 'writeSync'
>

export type HostStat = Fs.BigIntStats

interface NodeProcess {
  readonly platform?: string
  getBuiltinModule?(name: 'node:fs'): HostFs
}

const openHandles = '/proc/self/fd'
const procMagic = 0x9fa0
/** Of Linux: names a file without opening it, so that nothing waits for a FIFO and no device notices. Node does not list it. */
const nameOnly = 0o10000000

const known: ReadonlySet<string> = new Set([
  'ENOENT',
  'EEXIST',
  'ENOTDIR',
  'EISDIR',
  'ENOTEMPTY',
  'ELOOP',
  'ENAMETOOLONG',
  'EINVAL',
  'EACCES',
  'EPERM',
  'EROFS',
  'EXDEV',
  'EMLINK',
  'EFBIG',
  'EDQUOT',
  'ENOSPC',
  'EBUSY',
  'EMFILE',
] satisfies FilesErrorCode[])

/**
 * The machine's disk, one name at a time: every call names an open folder and one entry of it, as `openat` does, so that no path is ever
 * followed. Linux gives that to Node through `/proc/self/fd`.
 */
export interface Disk {
  readonly fs: HostFs
  /** Runs one call; what it throws comes out as a `FilesError` without a path of the host. */
  readonly run: <T>(call: () => T) => T
  /** The path of what is open, whatever its name is by now. */
  readonly handle: (fd: number) => string
  /** The path of an entry of an open folder. */
  readonly entry: (fd: number, name: string) => string
  /** Names the entry without opening it, also where it is a link. */
  readonly pin: (path: string) => number
  /** Names the folder without opening it; a link is no folder. */
  readonly pinFolder: (path: string) => number
  /** Opens what is pinned for reading or writing. */
  readonly reopen: (fd: number, access: FileAccess) => number
}

/** Throws `RUNTIME_UNAVAILABLE` where nothing keeps a guest inside of a folder. */
export function openDisk(): Disk {
  const { process } = globalThis as { process?: NodeProcess }
  const fs = process?.getBuiltinModule?.('node:fs')
  if (fs === undefined) return refuse('only Node has folders of the machine')
  if (process?.platform !== 'linux')
    return refuse(
      `nothing on "${process?.platform}" lets Node open a file inside of an open folder`,
    )
  if (!isProc(fs)) return refuse('/proc is not mounted, or may not be read')
  return createDisk(fs)
}

function createDisk(fs: HostFs): Disk {
  const { O_DIRECTORY, O_NOFOLLOW, O_NOCTTY, O_NONBLOCK, O_RDONLY, O_RDWR, O_WRONLY } = fs.constants
  const handle = (fd: number): string => `${openHandles}/${fd}`
  return {
    fs,
    run,
    handle,
    entry: (fd, name) => `${openHandles}/${fd}/${name}`,
    pin: (path) => run(() => fs.openSync(path, nameOnly | O_NOFOLLOW)),
    pinFolder: (path) => run(() => fs.openSync(path, nameOnly | O_NOFOLLOW | O_DIRECTORY)),
    reopen(fd, { read, write }) {
      const access = write ? (read ? O_RDWR : O_WRONLY) : O_RDONLY
      return run(() => fs.openSync(handle(fd), access | O_NOCTTY | O_NONBLOCK))
    },
  }
}

/** Tells a file from every other. */
export function keyOf(stat: HostStat): string {
  return `${stat.dev}:${stat.ino}`
}

/** Undefined for FIFOs, sockets and devices. */
export function kindOf(stat: {
  isFile(): boolean
  isDirectory(): boolean
  isSymbolicLink(): boolean
}): FileKind | undefined {
  if (stat.isFile()) return 'file'
  if (stat.isDirectory()) return 'directory'
  return stat.isSymbolicLink() ? 'symlink' : undefined
}

function run<T>(call: () => T): T {
  try {
    return call()
  } catch (error) {
    throw toFilesError(error)
  }
}

function toFilesError(error: unknown): unknown {
  const { code } = error as { code?: unknown }
  if (error instanceof FilesError || typeof code !== 'string') return error
  if (code === 'ENFILE') return new FilesError('EMFILE', '')
  if (code === 'ETXTBSY') return new FilesError('EBUSY', '')
  if (code === 'ENOSPC') return new FilesError(code, '', 'the disk is full')
  if (code === 'ERR_ACCESS_DENIED') return new FilesError('EACCES', '')
  return new FilesError(known.has(code) ? (code as FilesErrorCode) : 'EIO', '')
}

function isProc(fs: HostFs): boolean {
  try {
    return fs.statfsSync(openHandles).type === procMagic
  } catch {
    return false
  }
}

function refuse(reason: string): never {
  throw new ContainerError(
    `A folder of the machine cannot be mounted: ${reason}. Leave the mounts out, or copy what is needed into files.`,
    'RUNTIME_UNAVAILABLE',
    { option: 'mounts' },
  )
}
