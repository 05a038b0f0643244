import type { DirectoryEntry, VirtualFiles } from '../files/types.ts'
import type { DeviceNode } from './devices.ts'
import { Errno, refuse } from './errno.ts'
import type { Spot } from './resolve.ts'

interface Open {
  /** Bits of `fdflags`. */
  flags: number
  rights: bigint
  inheriting: bigint
}

export interface OpenFile extends Open {
  readonly kind: 'file'
  readonly ino: number
  offset: number
}

export interface OpenDirectory extends Open {
  readonly kind: 'directory'
  readonly spot: Spot
  /** Guest path of a folder that was open at the start. */
  readonly preopen?: string
  /** What the listing was when it was last begun, so that cookies keep their meaning while entries change. */
  listing?: readonly ListedEntry[]
}

export interface OpenDevice extends Open {
  readonly kind: 'device'
  readonly node: DeviceNode
}

export type Descriptor = OpenFile | OpenDirectory | OpenDevice

export interface ListedEntry {
  readonly name: string
  readonly number: bigint
  readonly kind: DirectoryEntry['kind'] | 'device'
}

/** Most descriptors one guest may have open. */
export const maxDescriptors = 256

/** The descriptors of one guest. An open file keeps its inode alive. */
export class FdTable {
  readonly #files: VirtualFiles
  readonly #open: (Descriptor | undefined)[] = []

  constructor(files: VirtualFiles) {
    this.#files = files
  }

  /** Refuses with `mfile` before anything is made that would then have no descriptor. */
  checkRoom(): void {
    if (this.#firstFree() >= maxDescriptors) refuse(Errno.mfile)
  }

  add(descriptor: Descriptor): number {
    this.checkRoom()
    const fd = this.#firstFree()
    const ino = heldInode(descriptor)
    if (ino !== undefined) this.#files.hold(ino)
    this.#open[fd] = descriptor
    return fd
  }

  get(fd: number, rights: bigint = 0n): Descriptor {
    const descriptor = this.#open[fd >>> 0] ?? refuse(Errno.badf)
    return (descriptor.rights & rights) === rights ? descriptor : refuse(Errno.notcapable)
  }

  file(fd: number, rights: bigint): OpenFile {
    const descriptor = this.get(fd)
    if (descriptor.kind === 'directory') return refuse(Errno.isdir)
    if (descriptor.kind === 'device') return refuse(Errno.spipe)
    return (descriptor.rights & rights) === rights ? descriptor : refuse(Errno.notcapable)
  }

  directory(fd: number, rights: bigint): OpenDirectory {
    const descriptor = this.get(fd)
    if (descriptor.kind !== 'directory') return refuse(Errno.notdir)
    return (descriptor.rights & rights) === rights ? descriptor : refuse(Errno.notcapable)
  }

  close(fd: number): void {
    const descriptor = this.get(fd)
    this.#open[fd >>> 0] = undefined
    const ino = heldInode(descriptor)
    if (ino !== undefined) this.#files.release(ino)
  }

  /** Moves `from` to the number `to`, closing what was there. */
  renumber(from: number, to: number): void {
    const descriptor = this.get(from)
    this.get(to)
    if (from === to) return
    this.close(to)
    this.#open[to >>> 0] = descriptor
    this.#open[from >>> 0] = undefined
  }

  closeAll(): void {
    for (const fd of this.#open.keys()) if (this.#open[fd] !== undefined) this.close(fd)
  }

  #firstFree(): number {
    const free = this.#open.indexOf(undefined)
    return free === -1 ? this.#open.length : free
  }
}

function heldInode(descriptor: Descriptor): number | undefined {
  if (descriptor.kind === 'file') return descriptor.ino
  return descriptor.kind === 'directory' ? descriptor.spot.ino : undefined
}
