import { FilesError } from '../error.ts'
import type { DirectoryEntry } from '../types.ts'
import { kindOf, type Disk } from './disk.ts'

/** Entries that one listing holds. */
const mostListed = 16_384
/** Entries that are read at once. */
const pageEntries = 256

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The files, folders and links of an open folder, as far as their names are UTF-8. Throws `EOVERFLOW` where there are more than a listing holds. */
export function listEntries({ fs, run, handle }: Disk, fd: number): DirectoryEntry[] {
  const folder = run(() =>
    fs.opendirSync(handle(fd), { encoding: 'buffer' as BufferEncoding, bufferSize: pageEntries }),
  )
  try {
    const entries: DirectoryEntry[] = []
    for (let n = 0; ; n += 1) {
      const entry = run(() => folder.readSync())
      if (entry === null) return entries
      if (n >= mostListed) throw new FilesError('EOVERFLOW', '')
      const kind = kindOf(entry)
      const name = decode(entry.name)
      if (kind !== undefined && name !== undefined) entries.push({ name, ino: 0, kind })
    }
  } finally {
    folder.closeSync()
  }
}

/** Where a link in an open folder leads to, as it is written there. */
export function readTarget({ fs, run, entry }: Disk, fd: number, name: string): string {
  const target = decode(run(() => fs.readlinkSync(entry(fd, name), { encoding: 'buffer' })))
  if (target === undefined) throw new FilesError('EIO', '')
  return target
}

function decode(name: unknown): string | undefined {
  try {
    return decoder.decode(name as Uint8Array)
  } catch {
    return undefined
  }
}
