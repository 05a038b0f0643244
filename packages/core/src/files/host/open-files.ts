import { FilesError } from '../error.ts'
import type { FileAccess } from '../types.ts'
import type { Disk } from './disk.ts'
import type { Folders } from './folders.ts'
import type { KnownFile } from './known-files.ts'

interface OpenFile {
  fd: number
  read: boolean
  write: boolean
}

/** Set user and set group: whoever changes such a program may become another. */
const setIdBits = 0o6000n

/** Files that guests have open: one handle each, which outlives names. */
export class OpenFiles {
  readonly #disk: Disk
  readonly #folders: Folders
  readonly #open = new Map<number, OpenFile>()

  constructor(disk: Disk, folders: Folders) {
    this.#disk = disk
    this.#folders = folders
  }

  hold(file: KnownFile, access: FileAccess): void {
    if (file.kind === 'file') this.#heldFor(file, access)
    file.holds += 1
  }

  /** @returns the bytes that were given back, for a file that had no name any more */
  release(file: KnownFile): number {
    if (file.holds === 0) throw new FilesError('EINVAL', '', 'it is not held')
    file.holds -= 1
    const open = this.#open.get(file.id)
    if (file.holds > 0 || open === undefined) return 0
    this.#open.delete(file.id)
    const { fs } = this.#disk
    try {
      const { nlink, size } = fs.fstatSync(open.fd, { bigint: true })
      return nlink === 0n ? Number(size) : 0
    } finally {
      fs.closeSync(open.fd)
    }
  }

  /** Gives a handle for the time of the work. */
  using<T>(file: KnownFile, access: FileAccess, work: (fd: number) => T): T {
    if (file.kind === 'directory') throw new FilesError('EISDIR', '')
    if (file.kind === 'symlink') throw new FilesError('EINVAL', '', 'it is a symbolic link')
    if (this.#open.has(file.id)) return work(this.#heldFor(file, access))
    const fd = this.#openFile(file, access)
    try {
      return work(fd)
    } finally {
      this.#disk.fs.closeSync(fd)
    }
  }

  /** Waits for the disk, for a file that is held. */
  sync(file: KnownFile): void {
    const open = this.#open.get(file.id)
    if (open === undefined || (!open.read && !open.write)) return
    this.#disk.run(() => this.#disk.fs.fsyncSync(open.fd))
  }

  /** The handle of a file that is held, good for nothing but to be looked at. */
  heldHandle(file: KnownFile): number | undefined {
    return this.#open.get(file.id)?.fd
  }

  #heldFor(file: KnownFile, access: FileAccess): number {
    const open = this.#open.get(file.id)
    if (open === undefined) {
      const fd = this.#openFile(file, access)
      this.#open.set(file.id, { fd, ...access })
      return fd
    }
    if ((open.read || !access.read) && (open.write || !access.write)) return open.fd
    const wider = { read: open.read || access.read, write: open.write || access.write }
    const fd = this.#reopen(open.fd, wider)
    this.#disk.fs.closeSync(open.fd)
    this.#open.set(file.id, { fd, ...wider })
    return fd
  }

  #openFile(file: KnownFile, access: FileAccess): number {
    const pinned = this.#folders.pin(file)
    if (!access.read && !access.write) return pinned
    try {
      return this.#reopen(pinned, access)
    } finally {
      this.#disk.fs.closeSync(pinned)
    }
  }

  #reopen(fd: number, access: FileAccess): number {
    const { fs, reopen } = this.#disk
    if (access.write && (fs.fstatSync(fd, { bigint: true }).mode & setIdBits) !== 0n)
      throw new FilesError('EPERM', '', 'it runs as another user')
    return reopen(fd, access)
  }
}
