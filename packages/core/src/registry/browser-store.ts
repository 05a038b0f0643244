import type { RegistryStore, StoreArea } from './types.ts'

const areas: readonly StoreArea[] = ['blobs', 'partial', 'entries']

/**
 * A store in the browser's IndexedDB, kept across visits of the same origin until the browser or its user clears it.
 * Each write is one transaction. Rejects with the `DOMException` of IndexedDB, such as `QuotaExceededError`.
 *
 * @param name of the database; default `gaesup-registry`
 */
export function createBrowserStore(name = 'gaesup-registry'): RegistryStore {
  let opening: Promise<IDBDatabase> | undefined
  const database = async (): Promise<IDBDatabase> => {
    opening ??= openDatabase(name, () => {
      opening = undefined
    })
    try {
      return await opening
    } catch (error) {
      opening = undefined
      throw error
    }
  }
  return {
    async read(area, key) {
      const table = await reading(database(), area)
      const found: unknown = await settled(table.get(key))
      return found instanceof Uint8Array ? found : undefined
    },
    async write(area, key, bytes) {
      await writing(database(), area, (table) => table.put(bytes.slice(), key))
    },
    async remove(area, key) {
      await writing(database(), area, (table) => table.delete(key))
    },
    async list(area) {
      const keys = await settled((await reading(database(), area)).getAllKeys())
      return keys.filter((key) => typeof key === 'string')
    },
  }
}

function openDatabase(name: string, onClosed: () => void): Promise<IDBDatabase> {
  const request = indexedDB.open(name, 1)
  request.addEventListener('upgradeneeded', () => {
    for (const area of areas) request.result.createObjectStore(area)
  })
  request.addEventListener('success', () => {
    // Another page wants to delete or change the database; the next call opens it again.
    request.result.addEventListener('versionchange', () => {
      request.result.close()
      onClosed()
    })
    request.result.addEventListener('close', onClosed)
  })
  return settled(request)
}

async function reading(database: Promise<IDBDatabase>, area: StoreArea): Promise<IDBObjectStore> {
  return (await database).transaction(area, 'readonly').objectStore(area)
}

/** Ends when the transaction is on the disk, not when the request was taken. */
async function writing(
  database: Promise<IDBDatabase>,
  area: StoreArea,
  change: (table: IDBObjectStore) => IDBRequest,
): Promise<void> {
  const transaction = (await database).transaction(area, 'readwrite')
  const done = new Promise<void>((resolve, reject) => {
    const fail = (): void => reject(transaction.error ?? new DOMException('Aborted', 'AbortError'))
    transaction.addEventListener('complete', () => resolve())
    transaction.addEventListener('error', fail)
    transaction.addEventListener('abort', fail)
  })
  change(transaction.objectStore(area))
  await done
}

function settled<Value>(request: IDBRequest<Value>): Promise<Value> {
  return new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result))
    request.addEventListener('error', () => reject(request.error ?? new DOMException('Failed')))
  })
}
