import { randomUUID } from 'node:crypto'
import { mkdir, open, readFile, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { RegistryStore, StoreArea } from '../types.ts'

const namePattern = /^[a-z0-9-]{1,80}$/
/** What a crash left half written is cleared away after this time. */
const staleMs = 24 * 60 * 60 * 1000

/**
 * A store in a folder, which several processes may share. A file is written beside its place, flushed to the disk and
 * then renamed, so that a crash at any moment leaves the old bytes or the new ones.
 *
 * Throws `TypeError` for an invalid path. Rejects with the error of the file system when the folder cannot be read or written.
 */
export function createFileStore(folder: string): RegistryStore {
  if (typeof folder !== 'string' || folder === '')
    throw new TypeError('A file store, and createNodePorts, take the path of a folder as text.')
  const pathOf = (area: StoreArea, name: string): string => {
    if (!namePattern.test(name))
      throw new TypeError(`${JSON.stringify(name)} is no name for a store.`)
    return join(folder, area, name)
  }
  return {
    async read(area, name) {
      return unlessAbsent(readFile(pathOf(area, name)), undefined)
    },
    async write(area, name, bytes) {
      const path = pathOf(area, name)
      const waiting = join(folder, 'waiting')
      await mkdir(join(folder, area), { recursive: true })
      await mkdir(waiting, { recursive: true })
      const draft = join(waiting, randomUUID())
      try {
        await writeAndFlush(draft, bytes)
        await rename(draft, path)
      } catch (error) {
        await rm(draft, { force: true })
        throw error
      }
      await flushFolder(join(folder, area))
    },
    async remove(area, name) {
      await rm(pathOf(area, name), { force: true })
      if (area === 'partial') await removeStale(join(folder, 'waiting'))
    },
    async list(area) {
      const names = await unlessAbsent(readdir(join(folder, area)), [])
      return names.filter((name) => namePattern.test(name))
    },
  }
}

async function writeAndFlush(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'wx', 0o644)
  try {
    await file.writeFile(bytes)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** The name of a new file is on the disk only when its folder is. Windows cannot open folders, and need not. */
async function flushFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

async function removeStale(waiting: string): Promise<void> {
  for (const name of await unlessAbsent(readdir(waiting), [])) {
    const path = join(waiting, name)
    const found = await unlessAbsent(stat(path), undefined)
    if (found !== undefined && Date.now() - found.mtimeMs > staleMs) await rm(path, { force: true })
  }
}

async function unlessAbsent<Value, Otherwise>(
  result: Promise<Value>,
  otherwise: Otherwise,
): Promise<Value | Otherwise> {
  try {
    return await result
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return otherwise
    throw error
  }
}
