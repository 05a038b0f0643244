import type { RegistryStore, StoreArea } from './types.ts'

/** A store that ends with the process or page. */
export function createMemoryStore(): RegistryStore {
  const areas: Record<StoreArea, Map<string, Uint8Array>> = {
    blobs: new Map(),
    partial: new Map(),
    entries: new Map(),
  }
  return {
    async read(area, name) {
      return areas[area].get(name)?.slice()
    },
    async write(area, name, bytes) {
      areas[area].set(name, bytes.slice())
    },
    async remove(area, name) {
      areas[area].delete(name)
    },
    async list(area) {
      return [...areas[area].keys()]
    },
  }
}
