import { FilesError } from '../files/error.ts'
import { rootInode, type InodeTree, type MountedFiles } from '../files/types.ts'

/** Above every inode that a file tree hands out. */
const firstMounted = 2 ** 49
/** Inodes of one mount. */
const span = 2 ** 40
const mostMounts = 1024

/** The inode under which the root of a mount is found. */
export function mountRoot(mount: number): number {
  return firstMounted + mount * span + rootInode
}

/** Which disk a guest is told that an inode is on: 1 is the file tree, 2 the devices. */
export function diskNumber(ino: number): bigint {
  return ino < firstMounted ? 1n : 3n + BigInt(Math.floor((ino - firstMounted) / span))
}

/** What a guest's system calls work on. */
export type GuestFiles = InodeTree & Partial<Pick<MountedFiles, 'sync' | 'together'>>

/** A file tree and what is mounted over it, told apart by inode. Nothing joins two of them: that is `EXDEV`. */
export function mountOver(files: InodeTree, mounts: readonly MountedFiles[]): GuestFiles {
  if (mounts.length > mostMounts) throw new TypeError(`A guest has ${mostMounts} mounts at most.`)
  const at = (ino: number): Place => {
    if (ino < firstMounted) return { files, base: 0, ino, mount: undefined }
    const number = Math.floor((ino - firstMounted) / span)
    const mount = mounts[number]
    if (mount === undefined) throw new FilesError('ENOENT', '')
    const base = firstMounted + number * span
    return { files: mount, base, ino: ino - base, mount }
  }
  const both = (ino: number, other: number): readonly [Place, Place] => {
    const places = [at(ino), at(other)] as const
    if (places[0].base !== places[1].base) throw new FilesError('EXDEV', '')
    return places
  }
  if (mounts.length === 0) return files
  const together = <T>(work: () => T): T =>
    mounts.reduce((all, mount) => () => mount.together(all), work)()
  return { ...reading(at), ...changing(at, both), together }
}

/** The tree that an inode is of, and what it is called there. */
interface Place {
  readonly files: InodeTree
  readonly base: number
  readonly ino: number
  readonly mount: MountedFiles | undefined
}

type Locate = (ino: number) => Place

function reading(
  at: Locate,
): Pick<
  MountedFiles,
  'lookup' | 'statInode' | 'readInode' | 'listInode' | 'readLinkInode' | 'hold' | 'release' | 'sync'
> {
  return {
    lookup(parent, path, options) {
      const { files, base, ino } = at(parent)
      const found = files.lookup(ino, path, options)
      const child = found.ino === undefined ? undefined : base + found.ino
      return { parent: base + found.parent, name: found.name, ino: child }
    },
    statInode(given) {
      const { files, ino } = at(given)
      return { ...files.statInode(ino), ino: given }
    },
    readInode(given, offset, into) {
      const { files, ino } = at(given)
      return files.readInode(ino, offset, into)
    },
    listInode(given) {
      const { files, base, ino } = at(given)
      const entries = files.listInode(ino)
      if (base === 0) return entries
      return entries.map((entry) => ({ ...entry, ino: entry.ino === 0 ? 0 : base + entry.ino }))
    },
    readLinkInode(given) {
      const { files, ino } = at(given)
      return files.readLinkInode(ino)
    },
    hold(given, access) {
      const { files, ino } = at(given)
      files.hold(ino, access)
    },
    release(given) {
      const { files, ino } = at(given)
      files.release(ino)
    },
    sync(given) {
      const { mount, ino } = at(given)
      mount?.sync(ino)
    },
  }
}

function changing(
  at: Locate,
  both: (ino: number, other: number) => readonly [Place, Place],
): Pick<
  MountedFiles,
  'writeInode' | 'resizeInode' | 'touchInode' | 'make' | 'linkInode' | 'unlink' | 'renameEntry'
> {
  return {
    writeInode(given, offset, bytes) {
      const { files, ino } = at(given)
      files.writeInode(ino, offset, bytes)
    },
    resizeInode(given, sizeBytes) {
      const { files, ino } = at(given)
      files.resizeInode(ino, sizeBytes)
    },
    touchInode(given, accessedAtMs, modifiedAtMs) {
      const { files, ino } = at(given)
      files.touchInode(ino, accessedAtMs, modifiedAtMs)
    },
    // oxlint-disable-next-line max-params -- the published contract has four
    make(parent, name, kind, target) {
      const { files, base, ino } = at(parent)
      return base + files.make(ino, name, kind, target)
    },
    linkInode(given, parent, name) {
      const [file, folder] = both(given, parent)
      folder.files.linkInode(file.ino, folder.ino, name)
    },
    unlink(parent, name) {
      const { files, ino } = at(parent)
      files.unlink(ino, name)
    },
    // oxlint-disable-next-line max-params -- the published contract has four
    renameEntry(parent, name, newParent, newName) {
      const [from, to] = both(parent, newParent)
      from.files.renameEntry(from.ino, name, to.ino, newName)
    },
  }
}
