import { TextColumn } from './text-column.ts'

const firstPlaces = 32
/** Up to this many places a slot's number fits 16 bits. */
const mostShort = 0x10000
/** Differs in each process, so that nobody can choose ids that all land in one place. */
const seed = Math.trunc(Math.random() * 2 ** 32)

const hashOf = (id: string): number => {
  let hash = seed ^ id.length
  for (let i = 0; i < id.length; i += 1) hash = Math.imul(hash ^ id.charCodeAt(i), 0x5bd1e995)
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
  return hash ^ (hash >>> 13)
}

/**
 * Gives each id a slot: a small number that indexes arrays, and is used again once it was given back. Takes about 12 bytes an id
 * beside its text, a quarter of a `Map`.
 */
export class Slots {
  /** Undefined in a slot that is free. */
  readonly #ids = new TextColumn<string | undefined>(undefined)
  readonly #free: number[] = []
  #end = 0
  /** Slots plus one, at the place of their id's hash or the next free one; a power of two, at most two thirds of it full. */
  #places: Uint16Array | Int32Array = new Uint16Array(firstPlaces)

  /** Ids that have a slot. */
  get size(): number {
    return this.#end - this.#free.length
  }

  /** One more than the highest slot that was ever in use. */
  get end(): number {
    return this.#end
  }

  /** The slot of an id; undefined when it has none. */
  find(id: string): number | undefined {
    const slot = (this.#places[this.#placeOf(id)] ?? 0) - 1
    return slot < 0 ? undefined : slot
  }

  /** The id of a slot; undefined when it is free. */
  idOf(slot: number): string | undefined {
    return this.#ids.get(slot)
  }

  /** The slot of an id, a new one if it had none. */
  open(id: string): number {
    const known = this.find(id)
    if (known !== undefined) return known
    const slot = this.#free.pop() ?? this.#end++
    this.#ids.set(slot, id)
    if (this.size * 3 > this.#places.length * 2) this.#rebuild(this.#places.length * 2)
    else this.#places[this.#placeOf(id)] = slot + 1
    return slot
  }

  /** Takes the slot of an id back and gives its number; undefined when it had none. */
  close(id: string): number | undefined {
    const place = this.#placeOf(id)
    const slot = (this.#places[place] ?? 0) - 1
    if (slot < 0) return undefined
    this.#ids.set(slot, undefined)
    this.#free.push(slot)
    this.#vacate(place)
    return slot
  }

  /** Slots in use, in order. */
  *slots(): IterableIterator<number> {
    for (let slot = 0; slot < this.#end; slot += 1)
      if (this.#ids.get(slot) !== undefined) yield slot
  }

  *ids(): IterableIterator<string> {
    for (let slot = 0; slot < this.#end; slot += 1) {
      const id = this.#ids.get(slot)
      if (id !== undefined) yield id
    }
  }

  /** Where an id is, or where it would be put. */
  #placeOf(id: string): number {
    const mask = this.#places.length - 1
    let place = hashOf(id) & mask
    for (;;) {
      const slot = (this.#places[place] ?? 0) - 1
      if (slot < 0 || this.#ids.get(slot) === id) return place
      place = (place + 1) & mask
    }
  }

  /** Empties a place and moves up what stands behind it only because it was taken. */
  #vacate(place: number): void {
    const mask = this.#places.length - 1
    this.#places[place] = 0
    for (let next = (place + 1) & mask; this.#places[next] !== 0; next = (next + 1) & mask) {
      const moved = this.#places[next] ?? 0
      this.#places[next] = 0
      this.#places[this.#placeOf(this.#ids.get(moved - 1) ?? '')] = moved
    }
  }

  #rebuild(length: number): void {
    this.#places = length <= mostShort ? new Uint16Array(length) : new Int32Array(length)
    for (let slot = 0; slot < this.#end; slot += 1) {
      const id = this.#ids.get(slot)
      if (id !== undefined) this.#places[this.#placeOf(id)] = slot + 1
    }
  }
}
