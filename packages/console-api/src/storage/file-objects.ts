import { randomUUID } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join, sep } from 'node:path'
import { assertObjectKey, type Objects } from './objects.ts'

const INCOMING = '.incoming'

/**
 * Stores objects as files under `directory`. Each is written aside, synced and renamed, and the folder synced, so that
 * a key is complete or absent.
 */
export async function openFileObjects(directory: string): Promise<Objects> {
  const incoming = join(directory, INCOMING)
  await rm(incoming, { recursive: true, force: true })
  await mkdir(incoming, { recursive: true })
  const fileOf = (key: string): string => {
    assertObjectKey(key)
    return join(directory, ...key.split('/'))
  }
  return {
    put: async (key, bytes) => {
      const file = fileOf(key)
      // Not with its parents: where the whole folder went away, a new one would hide that.
      await mkdir(incoming).catch(nothingWhenThere)
      await write(join(incoming, randomUUID()), file, bytes)
    },
    get: async (key) => readFile(fileOf(key)).then((file) => new Uint8Array(file), nullWhenAbsent),
    delete: async (key) => rm(fileOf(key), { force: true }),
    list: async (prefix) =>
      (await keysUnder(directory)).filter((key) => key.startsWith(prefix)).sort(),
  }
}

async function write(temporary: string, file: string, bytes: Uint8Array): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  const handle = await open(temporary, 'wx', 0o600)
  try {
    await handle.writeFile(bytes)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(temporary, file)
  await syncFolder(dirname(file))
}

async function syncFolder(folder: string): Promise<void> {
  // Windows cannot open a folder; its rename is journalled by the file system.
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function keysUnder(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
    .map((path) => path.split(sep).join('/'))
    .filter((key) => !key.startsWith(`${INCOMING}/`))
}

function nothingWhenThere(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return undefined
  throw error
}

function nullWhenAbsent(error: unknown): null {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
  throw error
}
