import { FilesError } from '../error.ts'
import type { MountedFiles } from '../types.ts'
import { openDisk } from './disk.ts'
import { resolveHostFolder, type HostFolder } from './host-folder.ts'
import { HostTree } from './host-tree.ts'

/**
 * Opens a folder of the machine for the `mounts` of `createWasi`, with a quota of its own. A guest cannot leave it. It
 * is not a copy: changes that others make are seen. Calls are synchronous and as slow as the disk.
 *
 * Throws `TypeError` for options out of range, `ContainerError` (`RUNTIME_UNAVAILABLE`) on anything but Linux with
 * `/proc`, and `FilesError` if the path does not exist or is not a folder.
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
