import { execFileSync } from 'node:child_process'
import { rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Why there can be no small disk here; empty when there can. */
export const smallDiskMissing: string =
  process.platform === 'linux' && process.getuid?.() === 0
    ? ''
    : 'only root on Linux can mount a small disk'

/** A file system of a few MiB at a folder that is there. */
export interface SmallDisk {
  /** Leaves no room at all. */
  fill(): void
  /** Gives the room back. */
  empty(): void
  remove(): void
}

export function mountSmallDisk(folder: string, options = 'size=8m'): SmallDisk {
  execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder])
  const ballast = join(folder, 'ballast')
  return {
    fill: () => {
      const { bavail, bsize } = statfsSync(folder)
      writeFileSync(ballast, Buffer.alloc(bavail * bsize))
    },
    empty: () => rmSync(ballast),
    remove: () => void execFileSync('umount', [folder]),
  }
}
