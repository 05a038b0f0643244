import type { RegistryStore, StoreArea } from './types.ts'

/** How much a store in memory keeps. */
export interface MemoryStoreOptions {
  /** Bytes of modules; the least recently used go first and are pulled again when they are needed. Default: no limit. */
  readonly maxBytes?: number
}

/** A store that ends with the process or page. */
export function createMemoryStore({ maxBytes = Infinity }: MemoryStoreOptions = {}): RegistryStore {
  const areas: Record<StoreArea, Map<string, Uint8Array>> = {
    blobs: new Map(),
    partial: new Map(),
    entries: new Map(),
  }
  const put = (area: StoreArea, name: string, bytes: Uint8Array): void => {
    areas[area].delete(name)
    areas[area].set(name, bytes)
  }
  return {
    async read(area, name) {
      const found = areas[area].get(name)
      if (found !== undefined) put(area, name, found)
      return found?.slice()
    },
    async write(area, name, bytes) {
      put(area, name, bytes.slice())
      evict(areas.blobs, maxBytes)
    },
    async remove(area, name) {
      areas[area].delete(name)
    },
    async list(area) {
      return [...areas[area].keys()]
    },
  }
}

function evict(blobs: Map<string, Uint8Array>, maxBytes: number): void {
  let bytes = [...blobs.values()].reduce((sum, one) => sum + one.length, 0)
  for (const [name, one] of blobs) {
    if (bytes <= maxBytes) return
    blobs.delete(name)
    bytes -= one.length
  }
}
