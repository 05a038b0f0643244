import type { DirectoryEntry, FileAccess, InodeTree } from '../files/types.ts'
import type { DeviceNode } from './devices.ts'
import { Errno, refuse } from './errno.ts'
import type { Spot } from './resolve.ts'
import { Right } from './rights.ts'

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

/** Entries that the listings of all open folders hold together, beside the newest one. */
const mostListed = 65_536

const changing = Right.fdWrite | Right.fdAllocate | Right.fdFilestatSetSize

/** The descriptors of one guest. An open file keeps its inode alive. */
export class FdTable {
  readonly #files: InodeTree
  readonly #open: (Descriptor | undefined)[] = []

  constructor(files: InodeTree) {
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
    if (ino !== undefined) this.#files.hold(ino, accessOf(descriptor))
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

  /** Keeps a listing with its folder. Where all of them are too long together, others are forgotten, and taken anew when they are read on. */
  keepListing(folder: OpenDirectory, listing: readonly ListedEntry[]): void {
    folder.listing = listing
    let total = 0
    for (const open of this.#open) {
      if (open?.kind !== 'directory' || open === folder) continue
      total += open.listing?.length ?? 0
      if (total + listing.length > mostListed) delete open.listing
    }
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

function accessOf({ kind, rights }: Descriptor): FileAccess {
  if (kind !== 'file') return { read: false, write: false }
  return { read: (rights & Right.fdRead) !== 0n, write: (rights & changing) !== 0n }
}
