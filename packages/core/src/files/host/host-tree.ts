import { FilesError } from '../error.ts'
import { checkName } from '../names.ts'
import type { DirectoryEntry, FileAccess, FileKind, FileStat, MountedFiles } from '../types.ts'
import type { Disk, HostStat } from './disk.ts'
import { Folders } from './folders.ts'
import type { ResolvedFolder } from './host-folder.ts'
import { KnownFiles, namesOf, type KnownFile } from './known-files.ts'
import { Ledger } from './ledger.ts'
import { checkMoved, checkTarget } from './links.ts'
import { listEntries, readTarget } from './listing.ts'
import { OpenFiles } from './open-files.ts'

/** One call moves so many bytes at most, so that no size from a guest reaches the system as it is. */
const partBytes = 1 << 20

const reading: FileAccess = { read: true, write: false }
const writing: FileAccess = { read: false, write: true }
const none: FileAccess = { read: false, write: false }

/** A folder of the machine as a tree of files for one guest. */
export class HostTree implements MountedFiles {
  readonly #disk: Disk
  readonly #folders: Folders
  readonly #known: KnownFiles
  readonly #open: OpenFiles
  readonly #ledger: Ledger
  readonly #isWritable: boolean

  constructor(disk: Disk, folder: ResolvedFolder) {
    this.#disk = disk
    this.#folders = new Folders(disk, folder.path)
    this.#known = new KnownFiles(this.#folders.rootKey)
    this.#open = new OpenFiles(disk, this.#folders)
    this.#ledger = new Ledger(folder)
    this.#isWritable = folder.access === 'read-write'
  }

  lookup(parent: number, name: string): { parent: number; name: string; ino: number | undefined } {
    checkName(name)
    const folder = this.#folder(parent)
    const found = this.#folders.inside(folder, (fd) => this.#folders.look(fd, name))
    const ino = found === undefined ? undefined : this.#known.see(folder, name, found).id
    return { parent, name, ino }
  }

  statInode(ino: number): FileStat {
    const file = this.#known.get(ino)
    return this.#pinned(file, (fd) => toFileStat(file, this.#stat(fd)))
  }

  readInode(ino: number, offset: number, into: Uint8Array): number {
    checkOffset(offset)
    const { fs, run } = this.#disk
    return this.#open.using(this.#known.get(ino), reading, (fd) => {
      let done = 0
      while (done < into.length) {
        const length = Math.min(partBytes, into.length - done)
        const at = { offset: done, length, position: offset + done }
        const count = run(() => fs.readSync(fd, into, at))
        done += count
        if (count < length) break
      }
      return done
    })
  }

  writeInode(ino: number, offset: number, bytes: Uint8Array): void {
    this.#requireWritable()
    checkOffset(offset)
    checkOffset(offset + bytes.length)
    if (bytes.length === 0) return
    this.#open.using(this.#known.get(ino), writing, (fd) =>
      this.#growing(fd, offset + bytes.length, () => this.#writeAll(fd, offset, bytes)),
    )
  }

  resizeInode(ino: number, sizeBytes: number): void {
    this.#requireWritable()
    checkOffset(sizeBytes)
    const { fs, run } = this.#disk
    this.#open.using(this.#known.get(ino), writing, (fd) => {
      const before = this.#sizeOf(fd)
      this.#growing(fd, sizeBytes, () => run(() => fs.ftruncateSync(fd, sizeBytes)))
      this.#ledger.giveBytes(before - sizeBytes)
    })
  }

  touchInode(ino: number, accessedAtMs: number, modifiedAtMs: number): void {
    this.#requireWritable()
    const { fs, run, handle, entry } = this.#disk
    const file = this.#known.get(ino)
    const [accessed, modified] = [accessedAtMs / 1000, modifiedAtMs / 1000]
    if (file.kind !== 'symlink' || file.parent === undefined)
      return this.#pinned(file, (fd) => run(() => fs.utimesSync(handle(fd), accessed, modified)))
    this.#folders.inside(file.parent, (fd) =>
      run(() => fs.lutimesSync(entry(fd, file.name), accessed, modified)),
    )
  }

  // oxlint-disable-next-line max-params -- the published contract has four
  make(parent: number, name: string, kind: FileKind, target?: string): number {
    this.#requireWritable()
    checkName(name)
    const folder = this.#folder(parent)
    if (target !== undefined) checkTarget(target, namesOf(folder).length)
    return this.#folders.inside(folder, (fd) => {
      this.#ledger.entry(() => this.#makeEntry(this.#disk.entry(fd, name), kind, target))
      const made = this.#folders.look(fd, name)
      if (made?.kind !== kind) throw new FilesError('ENOENT', name)
      return this.#known.see(folder, name, made).id
    })
  }

  linkInode(ino: number, parent: number, name: string): void {
    this.#requireWritable()
    checkName(name)
    const file = this.#known.get(ino)
    const { fs, run, entry } = this.#disk
    const folder = this.#folder(parent)
    if (file.kind === 'directory' || file.parent === undefined) throw new FilesError('EPERM', name)
    this.#folders.inside(file.parent, (from) =>
      this.#folders.inside(folder, (to) => {
        const { name: oldName, kind } = file
        checkMoved(this.#disk, from, { name: oldName, kind, ...depths(file.parent, folder) })
        this.#ledger.entry(() => run(() => fs.linkSync(entry(from, file.name), entry(to, name))))
      }),
    )
  }

  unlink(parent: number, name: string): void {
    this.#requireWritable()
    checkName(name)
    const { fs, run, entry } = this.#disk
    this.#folders.inside(this.#folder(parent), (fd) => {
      const found = this.#folders.look(fd, name)
      if (found === undefined) throw new FilesError('ENOENT', name)
      const path = entry(fd, name)
      run(() => (found.kind === 'directory' ? fs.rmdirSync(path) : fs.unlinkSync(path)))
      this.#giveBack(found)
    })
  }

  // oxlint-disable-next-line max-params -- the published contract has four
  renameEntry(parent: number, name: string, newParent: number, newName: string): void {
    this.#requireWritable()
    checkName(name)
    checkName(newName)
    const { fs, run, entry } = this.#disk
    const [source, target] = [this.#folder(parent), this.#folder(newParent)]
    this.#folders.inside(source, (from) =>
      this.#folders.inside(target, (to) => {
        const moved = this.#folders.look(from, name)
        const replaced = this.#folders.look(to, newName)
        if (moved === undefined) throw new FilesError('ENOENT', name)
        if (moved.key === replaced?.key) return
        const { kind } = moved
        checkMoved(this.#disk, from, { name, kind, ...depths(source, target) })
        run(() => fs.renameSync(entry(from, name), entry(to, newName)))
        if (replaced !== undefined) this.#giveBack(replaced)
        this.#known.moved(moved.key, target, newName)
      }),
    )
  }

  listInode(ino: number): DirectoryEntry[] {
    return this.#folders.inside(this.#folder(ino), (fd) => listEntries(this.#disk, fd))
  }

  readLinkInode(ino: number): string {
    const file = this.#known.get(ino)
    if (file.kind !== 'symlink' || file.parent === undefined)
      throw new FilesError('EINVAL', '', 'it is no symbolic link')
    return this.#folders.inside(file.parent, (fd) => readTarget(this.#disk, fd, file.name))
  }

  hold(ino: number, access: FileAccess = none): void {
    if (access.write) this.#requireWritable()
    this.#open.hold(this.#known.get(ino), access)
  }

  release(ino: number): void {
    this.#ledger.giveBytes(this.#open.release(this.#known.get(ino)))
  }

  sync(ino: number): void {
    if (this.#isWritable) this.#open.sync(this.#known.get(ino))
  }

  together<T>(work: () => T): T {
    return this.#folders.together(work)
  }

  #folder(ino: number): KnownFile {
    const file = this.#known.get(ino)
    if (file.kind !== 'directory') throw new FilesError('ENOTDIR', '')
    return file
  }

  /** With a handle of the file, whatever its name is by now where it is held. */
  #pinned<T>(file: KnownFile, work: (fd: number) => T): T {
    const held = this.#open.heldHandle(file)
    if (held !== undefined) return work(held)
    const fd = this.#folders.pin(file)
    try {
      return work(fd)
    } finally {
      this.#disk.fs.closeSync(fd)
    }
  }

  #makeEntry(path: string, kind: FileKind, target: string | undefined): void {
    const { fs, run } = this.#disk
    const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = fs.constants
    const flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW
    if (kind === 'file') return fs.closeSync(run(() => fs.openSync(path, flags, 0o600)))
    if (kind === 'directory') return run(() => fs.mkdirSync(path, 0o700))
    if (target === undefined) throw new FilesError('EINVAL', '', 'a symbolic link needs a target')
    this.#disk.run(() => fs.symlinkSync(target, path))
  }

  /** Takes the growth before the work, and gives back what did not come about. */
  #growing(fd: number, endBytes: number, work: () => void): void {
    const before = this.#sizeOf(fd)
    this.#ledger.takeBytes(endBytes - before)
    try {
      work()
    } catch (error) {
      this.#ledger.giveBytes(endBytes - Math.max(before, this.#sizeOf(fd)))
      throw error
    }
  }

  #writeAll(fd: number, offset: number, bytes: Uint8Array): void {
    const { fs, run } = this.#disk
    for (let done = 0; done < bytes.length;) {
      const length = Math.min(partBytes, bytes.length - done)
      const from = done
      const count = run(() => fs.writeSync(fd, bytes, from, length, offset + from))
      if (count === 0) throw new FilesError('EIO', '')
      done += count
    }
  }

  #giveBack({ kind, key, stat }: { kind: FileKind; key: string; stat: HostStat }): void {
    this.#ledger.giveEntry()
    if (kind !== 'file' || stat.nlink > 1n || this.#known.isHeld(key)) return
    this.#ledger.giveBytes(Number(stat.size))
  }

  #requireWritable(): void {
    if (!this.#isWritable) throw new FilesError('EROFS', '', 'the folder is mounted for reading')
  }

  #stat(fd: number): HostStat {
    return this.#disk.fs.fstatSync(fd, { bigint: true })
  }

  #sizeOf(fd: number): number {
    return Number(this.#stat(fd).size)
  }
}

function toFileStat(file: KnownFile, stat: HostStat): FileStat {
  const toMs = (ns: bigint): number => Number(ns) / 1e6
  return {
    ino: file.id,
    kind: file.kind,
    sizeBytes: Number(stat.size),
    links: Number(stat.nlink),
    accessedAtMs: toMs(stat.atimeNs),
    modifiedAtMs: toMs(stat.mtimeNs),
    changedAtMs: toMs(stat.ctimeNs),
    system: false,
  }
}

/** From the mounted folder down to what is in these. */
function depths(from: KnownFile | undefined, to: KnownFile): { depth: number; newDepth: number } {
  return { depth: from === undefined ? 0 : namesOf(from).length, newDepth: namesOf(to).length }
}

function checkOffset(offset: number): void {
  if (!Number.isSafeInteger(offset) || offset < 0) throw new FilesError('EINVAL', '', 'bad offset')
}
