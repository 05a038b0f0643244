import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Why there can be no small disk here; empty when there can. Root in a container may not mount one. */
export const smallDiskMissing: string = tryToMount()

function tryToMount(): string {
  const folder = mkdtempSync(join(tmpdir(), 'gaesup-disk-'))
  try {
    mountSmallDisk(folder).remove()
    return ''
  } catch {
    return 'a small disk cannot be mounted here; root on Linux can'
  } finally {
    rmdirSync(folder)
  }
}

/** A file system of a few MiB at a folder that is there. */
export interface SmallDisk {
  /** Leaves no room at all. */
  fill(): void
  /** Gives the room back. */
  empty(): void
  remove(): void
}

export function mountSmallDisk(folder: string, options = 'size=8m'): SmallDisk {
  execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder], { stdio: 'pipe' })
  const ballast = join(folder, 'ballast')
  return {
    fill: () => {
      const { bavail, bsize } = statfsSync(folder)
      writeFileSync(ballast, Buffer.alloc(bavail * bsize))
    },
    empty: () => rmSync(ballast),
    // Lazily: what uses it still is being ended.
    remove: () => void execFileSync('umount', ['--lazy', folder]),
  }
}
