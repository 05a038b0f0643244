/** POSIX names of what can go wrong with a file. */
export type FilesErrorCode =
  | 'ENOENT'
  | 'EEXIST'
  | 'ENOTDIR'
  | 'EISDIR'
  | 'ENOTEMPTY'
  | 'ELOOP'
  | 'ENAMETOOLONG'
  | 'EINVAL'
  | 'EACCES'
  | 'EPERM'
  | 'EROFS'
  | 'EXDEV'
  | 'EMLINK'
  /** The file is larger than the caller accepts, or than a file may be. */
  | 'EFBIG'
  /** The byte quota is used up. */
  | 'EDQUOT'
  /** The inode quota is used up. On a mounted folder also: the host's disk is full. */
  | 'ENOSPC'
  /** Something of a mounted folder is in use by the host. */
  | 'EBUSY'
  /** The host could not carry it out, for a reason that is not told. */
  | 'EIO'
  /** The host has no more files to open. */
  | 'EMFILE'
  /** A mounted folder has more entries than one listing holds. */
  | 'EOVERFLOW'

/** What an inode is. */
export type FileKind = 'file' | 'directory' | 'symlink'

/** How much the files of one container may hold. */
export interface FileQuota {
  /** Bytes of all file contents and symlink targets together. */
  readonly bytes: number
  /** Files, folders and symlinks together; system files do not count. */
  readonly inodes: number
}

/** Metadata of one inode. Times are milliseconds since the epoch. */
export interface FileStat {
  readonly ino: number
  readonly kind: FileKind
  readonly sizeBytes: number
  readonly links: number
  readonly accessedAtMs: number
  readonly modifiedAtMs: number
  readonly changedAtMs: number
  /** True for files that came with the container and can never change. */
  readonly system: boolean
}

/** One entry of a folder listing. */
export interface DirectoryEntry {
  readonly name: string
  readonly ino: number
  readonly kind: FileKind
}

/**
 * One change of the tree, addressed by inode so that a second copy can replay it. Both copies hand out the same
 * inode numbers because every change that makes an inode names it.
 */
export type FileChange =
  | {
      readonly type: 'made'
      readonly ino: number
      readonly kind: FileKind
      readonly parent: number
      readonly name: string
      readonly target?: string
      readonly atMs: number
    }
  | {
      readonly type: 'written'
      readonly ino: number
      readonly offset: number
      readonly bytes: Uint8Array
      readonly atMs: number
    }
  | {
      readonly type: 'resized'
      readonly ino: number
      readonly sizeBytes: number
      readonly atMs: number
    }
  | {
      readonly type: 'linked'
      readonly ino: number
      readonly parent: number
      readonly name: string
      readonly atMs: number
    }
  | {
      readonly type: 'unlinked'
      readonly parent: number
      readonly name: string
      readonly atMs: number
    }
  | {
      readonly type: 'renamed'
      readonly parent: number
      readonly name: string
      readonly newParent: number
      readonly newName: string
      readonly atMs: number
    }
  | {
      readonly type: 'touched'
      readonly ino: number
      readonly accessedAtMs: number
      readonly modifiedAtMs: number
    }

/** What an open file is for. */
export interface FileAccess {
  readonly read: boolean
  readonly write: boolean
}

/**
 * An in-memory POSIX file tree with a quota. Nothing in it is a file of the host. All paths are absolute, `/`-separated;
 * symlinks are resolved inside the tree (at most 40 on one path), `..` stops at the root, names are 255 bytes at most.
 * Every call is synchronous and throws `FilesError`; a refused call changes nothing.
 */
export interface VirtualFiles {
  readonly quota: FileQuota
  usage(): { readonly bytes: number; readonly inodes: number }

  // By path, for hosts.
  stat(path: string): FileStat
  lstat(path: string): FileStat
  exists(path: string): boolean
  list(path: string): DirectoryEntry[]
  /** @param options.maxBytes refuse larger files with `EFBIG` */
  readFile(path: string, options?: { maxBytes?: number }): Uint8Array
  /** Creates the file, not its parents. `append` adds at the end; `exclusive` refuses an existing file. */
  writeFile(
    path: string,
    bytes: Uint8Array,
    options?: { append?: boolean; exclusive?: boolean },
  ): void
  makeDirectory(path: string, options?: { recursive?: boolean }): void
  symlink(target: string, path: string): void
  readLink(path: string): string
  link(existing: string, path: string): void
  rename(from: string, to: string): void
  /** A file, symlink or empty folder; with `recursive` a whole folder. */
  remove(path: string, options?: { recursive?: boolean }): void
  copy(from: string, to: string, options?: { overwrite?: boolean; recursive?: boolean }): void
  truncate(path: string, sizeBytes: number): void
  touch(path: string, accessedAtMs: number, modifiedAtMs: number): void

  // By inode, for system interfaces: an open file stays readable after it was unlinked, until `release`.
  lookup(
    parent: number,
    path: string,
    options: { followLast: boolean },
  ): { parent: number; name: string; ino: number | undefined }
  statInode(ino: number): FileStat
  readInode(ino: number, offset: number, into: Uint8Array): number
  writeInode(ino: number, offset: number, bytes: Uint8Array): void
  resizeInode(ino: number, sizeBytes: number): void
  touchInode(ino: number, accessedAtMs: number, modifiedAtMs: number): void
  make(parent: number, name: string, kind: FileKind, target?: string): number
  linkInode(ino: number, parent: number, name: string): void
  unlink(parent: number, name: string): void
  renameEntry(parent: number, name: string, newParent: number, newName: string): void
  listInode(ino: number): DirectoryEntry[]
  readLinkInode(ino: number): string
  /** Keeps an inode alive while it is open; pair with `release`. What it is opened for matters on mounted folders only. */
  hold(ino: number, access?: FileAccess): void
  release(ino: number): void

  // Copies of one tree.
  /** Called after each change, in order; not for changes that came through `apply`. */
  onChange(listener: (change: FileChange) => void): () => void
  /** Replays a change of another copy; quota and shape are checked as for any call. */
  apply(change: FileChange): void
  /** The whole tree without system files, as bytes for `restore`. */
  snapshot(): Uint8Array
}

/** The part of `VirtualFiles` that WASI uses: calls by inode, one name at a time. */
export type InodeTree = Pick<
  VirtualFiles,
  | 'lookup'
  | 'statInode'
  | 'readInode'
  | 'writeInode'
  | 'resizeInode'
  | 'touchInode'
  | 'make'
  | 'linkInode'
  | 'unlink'
  | 'renameEntry'
  | 'listInode'
  | 'readLinkInode'
  | 'hold'
  | 'release'
>

/**
 * Files mounted over a folder of a guest; they are not part of `VirtualFiles`. Their root is `rootInode`. An `ino` of 0
 * in a listing means that the inode is not known.
 */
export interface MountedFiles extends InodeTree {
  /** Waits until a file is on disk. */
  sync(ino: number): void
  /** Runs several calls that change nothing. Folders that one of them resolved are reused by the next. */
  together<T>(work: () => T): T
}

/** Inode number of the root folder. */
export const rootInode = 1
