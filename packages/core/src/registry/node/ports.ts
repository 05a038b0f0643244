import { createHash } from 'node:crypto'
import { open, stat } from 'node:fs/promises'
import { RegistryError } from '../../errors.ts'
import type { ReadLocalFile } from '../client-options.ts'
import type { CreateHash, RegistryStore } from '../types.ts'
import { createFileStore } from './file-store.ts'

/** What Node gives to `createRegistryClient`. */
export interface NodePorts {
  readonly store: RegistryStore
  readonly createHash: CreateHash
  readonly readFile: ReadLocalFile
}

/** Ports of Node, to be spread into the options: `createRegistryClient({ registry, ...createNodePorts(folder) })`. */
export function createNodePorts(folder: string): NodePorts {
  return { store: createFileStore(folder), createHash: createNativeSha256, readFile: readLocalFile }
}

const createNativeSha256: CreateHash = () => {
  const hash = createHash('sha256')
  return {
    update: (bytes) => void hash.update(bytes),
    digestHex: () => hash.digest('hex'),
  }
}

const readLocalFile: ReadLocalFile = async (url, { maxBytes, signal }) => {
  const file = await openFile(url)
  try {
    const { size, mtime } = await file.stat()
    if (size > maxBytes) {
      throw new RegistryError(
        `${url.href} has ${size} bytes, more than ${maxBytes}.`,
        'SIZE_LIMIT',
        { maxBytes },
      )
    }
    signal.throwIfAborted()
    const bytes = new Uint8Array(size)
    const { bytesRead } = await file.read(bytes, 0, size, 0)
    return { bytes: bytes.slice(0, bytesRead), modifiedAt: mtime }
  } finally {
    await file.close()
  }
}

async function openFile(url: URL): ReturnType<typeof open> {
  try {
    // Opening a pipe would wait for a writer.
    if (!(await stat(url)).isFile()) throw new TypeError('It is no regular file.')
    return await open(url, 'r')
  } catch (cause) {
    throw new RegistryError(`${url.href} cannot be opened.`, 'NOT_FOUND', { cause })
  }
}
