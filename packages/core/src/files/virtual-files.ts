import { FilesError } from './error.ts'
import { emptyState } from './nodes.ts'
import { PathFiles } from './path-files.ts'
import { perform } from './perform.ts'
import { readSnapshot } from './snapshot.ts'
import { attachSystem, type SystemFiles } from './system.ts'
import { rootInode, type FileQuota, type VirtualFiles } from './types.ts'

/** Options of `createVirtualFiles`. */
export interface VirtualFilesOptions {
  readonly quota: FileQuota
  /** Milliseconds since the epoch. Default `Date.now`. */
  readonly now?: () => number
  /**
   * Read-only files by absolute path; their folders are created. They do not count towards the quota, are not in
   * snapshots, and have negative inode numbers. A function is called once, when its bytes or their number are first
   * needed.
   */
  readonly system?: SystemFiles
}

/**
 * Creates an in-memory file tree with the empty folders `/workspace` and `/tmp`.
 *
 * Throws `FilesError`: `ENOSPC` if the quota has no room for the two, `EINVAL`, `EEXIST` or `ENOTDIR` for invalid
 * system paths.
 */
export function createVirtualFiles(options: VirtualFilesOptions): VirtualFiles {
  checkQuota(options.quota)
  const now = options.now ?? Date.now
  const atMs = now()
  const state = emptyState(options.quota, atMs)
  for (const name of ['workspace', 'tmp']) {
    perform(state, {
      type: 'made',
      ino: state.nextIno,
      kind: 'directory',
      parent: rootInode,
      name,
      atMs,
    })
  }
  attachSystem(state, options.system ?? new Map())
  return new PathFiles(state, now)
}

/**
 * Restores a tree that `snapshot` wrote, under the given quota and with the given system files.
 *
 * Throws `FilesError`: `EINVAL` for bytes that are not a complete snapshot, `EDQUOT` or `ENOSPC` if it exceeds the
 * quota, `EEXIST` or `ENOTDIR` if a system file has no place.
 */
export function restoreFiles(snapshot: Uint8Array, options: VirtualFilesOptions): VirtualFiles {
  checkQuota(options.quota)
  const state = readSnapshot(snapshot, options.quota)
  attachSystem(state, options.system ?? new Map())
  return new PathFiles(state, options.now ?? Date.now)
}

function checkQuota(quota: FileQuota): void {
  if (!(quota.bytes >= 0) || !(quota.inodes >= 0))
    throw new FilesError('EINVAL', '', 'a quota is a number of bytes and inodes')
}
