import { FilesError } from '../error.ts'
import type { MountedFiles } from '../types.ts'
import { openDisk } from './disk.ts'
import { resolveHostFolder, type HostFolder } from './host-folder.ts'
import { HostTree } from './host-tree.ts'

/**
 * A folder of the machine for `createWasi`'s `mounts`, with a quota of its own. Nothing a guest does leads out of it. Throws `TypeError` for
 * options out of range, `RUNTIME_UNAVAILABLE` on anything but Linux with `/proc`, and `FilesError` when the folder is not there or is none.
 *
 * Calls are synchronous and as slow as the disk. What happens to the folder meanwhile is seen; it is no copy.
 */
export function openHostFolder(folder: HostFolder): MountedFiles {
  const resolved = resolveHostFolder(folder)
  const disk = openDisk()
  try {
    return new HostTree(disk, resolved)
  } catch (error) {
    if (!(error instanceof FilesError)) throw error
    throw new FilesError(error.code, resolved.path, 'the folder cannot be mounted')
  }
}
