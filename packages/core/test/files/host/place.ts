import { mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach } from 'vitest'
import { openHostFolder, type HostFolder } from '../../../src/files/host/index.ts'
import type { MountedFiles } from '../../../src/files/index.ts'
import { Errno } from '../../../src/wasi/index.ts'
import { HandGuest } from '../../wasi/by-hand.ts'

/** No mounted folder without Linux and its `/proc`. */
export const isLinux: boolean = process.platform === 'linux'
if (!isLinux) console.warn('skipped: folders of the machine are mounted on Linux only')

export const Flag = { creat: 1, directory: 2, excl: 4, trunc: 8 } as const
export const readRights: bigint = 1n << 1n
export const writeRights: bigint = 1n << 6n

/** A folder of the machine with a file `secret` next to it that no guest may see or change. */
export interface Place {
  readonly outside: string
  readonly inside: string
  readonly mount: (options?: Partial<HostFolder>) => MountedFiles
  /** A guest that has the folder at `/data`. */
  readonly guest: (options?: Partial<HostFolder>) => HandGuest
}

const places: string[] = []

afterEach(() => {
  for (const place of places.splice(0)) rmSync(place, { recursive: true, force: true })
})

export function createPlace(): Place {
  const outside = mkdtempSync(join(tmpdir(), 'gaesup-mount-'))
  places.push(outside)
  const inside = join(outside, 'inside')
  mkdirSync(inside)
  writeFileSync(join(outside, 'secret'), 'secret')
  const mount = (options: Partial<HostFolder> = {}): MountedFiles =>
    openHostFolder({ path: inside, access: 'read-write', ...options })
  return {
    outside,
    inside,
    mount,
    guest: (options = {}) => new HandGuest({ mounts: { '/data': mount(options) } }),
  }
}

/** Name of an error number. */
export function nameOf(errno: number): string {
  return Object.entries(Errno).find(([, value]) => value === errno)?.[0] ?? `errno ${errno}`
}

/** What a guest reads from a file, or the name of what refuses it. */
export function readAll(guest: HandGuest, path: string): string {
  const { errno, fd } = guest.open(path, { rights: readRights })
  if (errno !== Errno.success) return nameOf(errno)
  const read = guest.read(fd, 4096)
  guest.call('fd_close', fd)
  return read.errno === Errno.success ? read.text : nameOf(read.errno)
}

/** Makes or replaces a file; gives the name of what refuses it, or `success`. */
export function writeAll(guest: HandGuest, path: string, text: string): string {
  const { errno, fd } = guest.open(path, {
    oflags: Flag.creat | Flag.trunc,
    rights: writeRights | readRights,
  })
  if (errno !== Errno.success) return nameOf(errno)
  const wrote = guest.write(fd, text)
  guest.call('fd_close', fd)
  return nameOf(wrote.errno)
}

/** Where the open files of this process that lie in a folder lead to. */
export function openBelow(folder: string): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const path = readlinkSync(`/proc/self/fd/${fd}`)
      return path.startsWith(folder) ? [path] : []
    } catch {
      return []
    }
  })
}
