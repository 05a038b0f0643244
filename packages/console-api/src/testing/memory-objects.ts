import { assertObjectKey, type Objects } from '../storage/objects.ts'

/** Objects in memory, for tests. */
export function createMemoryObjects(): Objects {
  const objects = new Map<string, Uint8Array>()
  return {
    async put(key, bytes) {
      assertObjectKey(key)
      objects.set(key, bytes.slice())
    },
    async get(key) {
      assertObjectKey(key)
      return objects.get(key)?.slice() ?? null
    },
    async delete(key) {
      assertObjectKey(key)
      objects.delete(key)
    },
    list: async (prefix) => [...objects.keys()].filter((key) => key.startsWith(prefix)).sort(),
  }
}
