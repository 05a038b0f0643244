/** Values of one kind in the browser's storage, by id; the ones put there longest ago make room. */
export interface Shelf {
  /** Undefined when there is none, or none that can be read. */
  readonly get: (id: string) => unknown
  /** False when the browser refused, e.g. as its storage is full; what was there before stays. */
  readonly put: (id: string, value: unknown) => boolean
  readonly remove: (id: string) => void
  /** The id that a key of the storage belongs to; undefined for keys of others. */
  readonly idOf: (key: string) => string | undefined
}

export interface ShelfOptions {
  readonly storage: Storage
  /** Start of every key, e.g. `gaesup.session.`. */
  readonly prefix: string
  /** How many values are kept. */
  readonly most: number
  readonly now?: () => number
}

export function openShelf({ storage, prefix, most, now = Date.now }: ShelfOptions): Shelf {
  const makeRoom = (id: string) => {
    const keys = Array.from({ length: storage.length }, (_, index) => storage.key(index) ?? '')
    const others = keys.filter((key) => key.startsWith(prefix) && key !== prefix + id)
    if (others.length < most) return
    const byAge = others
      .map((key) => ({ key, at: read(storage, key)?.at ?? 0 }))
      .toSorted((left, right) => right.at - left.at)
    for (const { key } of byAge.slice(most - 1)) storage.removeItem(key)
  }
  return {
    get: (id) => read(storage, prefix + id)?.value,
    put: (id, value) => {
      makeRoom(id)
      try {
        storage.setItem(prefix + id, JSON.stringify({ at: now(), value }))
        return true
      } catch {
        return false
      }
    },
    remove: (id) => storage.removeItem(prefix + id),
    idOf: (key) => (key.startsWith(prefix) ? key.slice(prefix.length) : undefined),
  }
}

interface Stored {
  /** When it was put there, ms since the epoch. */
  readonly at: number
  readonly value: unknown
}

function read(storage: Storage, key: string): Stored | undefined {
  const text = storage.getItem(key)
  if (text === null) return undefined
  try {
    const stored: unknown = JSON.parse(text)
    return isStored(stored) ? stored : undefined
  } catch {
    return undefined
  }
}

function isStored(stored: unknown): stored is Stored {
  return (
    typeof stored === 'object' &&
    stored !== null &&
    'value' in stored &&
    'at' in stored &&
    typeof stored.at === 'number'
  )
}

/** True for an object whose members of these names are all text. */
export function hasTexts<const Name extends string>(
  value: unknown,
  names: readonly Name[],
): value is Readonly<Record<Name, string>> {
  if (typeof value !== 'object' || value === null) return false
  const members = new Map<string, unknown>(Object.entries(value))
  return names.every((name) => typeof members.get(name) === 'string')
}
