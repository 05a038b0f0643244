import { FilesError } from '../error.ts'
import type { MountedFiles } from '../types.ts'
import { openDisk } from './disk.ts'
import { resolveMounts, type HostFolder } from './host-folder.ts'
import { HostTree } from './host-tree.ts'

type Mounts = Readonly<Record<string, HostFolder>>

/** Throws what `openMounts` throws before it opens a folder. */
export function checkMounts(mounts: Mounts): void {
  resolveMounts(mounts)
  openDisk()
}

/** Opens every folder. Throws `FilesError` with the guest's path for one that cannot be; nothing names the host's. */
export function openMounts(mounts: Mounts): Record<string, MountedFiles> {
  const disk = openDisk()
  const opened = Object.entries(resolveMounts(mounts)).map(([path, folder]) => {
    try {
      return [path, new HostTree(disk, folder)] as const
    } catch (error) {
      if (!(error instanceof FilesError)) throw error
      throw new FilesError(error.code, path, 'the folder to be mounted cannot be opened')
    }
  })
  return Object.fromEntries(opened)
}
