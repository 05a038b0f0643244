import { FilesError } from '../error.ts'
import { rootInode, type FileKind } from '../types.ts'

/** Folders below the mounted one that a name can be in. */
const deepest = 256
/** Files that are remembered although nobody has them open. */
const mostKnown = 16_384

/** A file, folder or link under the name where it was last seen. */
export interface KnownFile {
  readonly id: number
  /** Device and inode of the host. */
  readonly key: string
  readonly kind: FileKind
  /** Undefined for the mounted folder itself. */
  parent: KnownFile | undefined
  name: string
  /** Known files that have this one as their folder. */
  children: number
  holds: number
}

/** What the numbers stand for that a guest was given; the longest unused are forgotten. */
export class KnownFiles {
  readonly #byId = new Map<number, KnownFile>()
  readonly #byKey = new Map<string, KnownFile>()
  #nextId = rootInode

  constructor(rootKey: string) {
    this.#add({ key: rootKey, kind: 'directory', parent: undefined, name: '' })
  }

  get(id: number): KnownFile {
    const file = this.#byId.get(id)
    if (file === undefined) throw new FilesError('ENOENT', '')
    return file
  }

  /** A file that was just seen in a folder. */
  see(parent: KnownFile, name: string, seen: { key: string; kind: FileKind }): KnownFile {
    const names = namesOf(parent)
    if (names.length >= deepest) throw new FilesError('ENAMETOOLONG', name)
    const known = this.#byKey.get(seen.key)
    if (known === undefined || known.kind !== seen.kind) {
      const added = this.#add({ ...seen, parent, name })
      this.#forgetSome(added)
      return added
    }
    // Folders that are moved about meanwhile may look as if one were inside of itself.
    if (isAbove(known, parent)) throw new FilesError('ENOENT', name)
    this.#place(known, parent, name)
    this.#byId.delete(known.id)
    this.#byId.set(known.id, known)
    return known
  }

  isHeld(key: string): boolean {
    return (this.#byKey.get(key)?.holds ?? 0) > 0
  }

  /** A file that was just moved. */
  moved(key: string, parent: KnownFile, name: string): void {
    const known = this.#byKey.get(key)
    if (known !== undefined && !isAbove(known, parent)) this.#place(known, parent, name)
  }

  #add(one: Pick<KnownFile, 'key' | 'kind' | 'parent' | 'name'>): KnownFile {
    const file = { ...one, id: this.#nextId, children: 0, holds: 0 }
    this.#nextId += 1
    if (file.parent !== undefined) file.parent.children += 1
    this.#byId.set(file.id, file)
    this.#byKey.set(file.key, file)
    return file
  }

  #place(file: KnownFile, parent: KnownFile, name: string): void {
    if (file.parent !== undefined) file.parent.children -= 1
    parent.children += 1
    file.parent = parent
    file.name = name
  }

  #forgetSome(newest: KnownFile): void {
    if (this.#byId.size <= mostKnown) return
    for (const file of this.#byId.values()) {
      if (file.parent === undefined || file.children > 0 || file.holds > 0 || file === newest)
        continue
      file.parent.children -= 1
      this.#byId.delete(file.id)
      if (this.#byKey.get(file.key) === file) this.#byKey.delete(file.key)
      if (this.#byId.size <= mostKnown) return
    }
  }
}

/** From the mounted folder down. */
export function namesOf(file: KnownFile): string[] {
  const names: string[] = []
  for (let at = file; at.parent !== undefined; at = at.parent) names.push(at.name)
  return names.reverse()
}

function isAbove(file: KnownFile, folder: KnownFile): boolean {
  for (let at: KnownFile | undefined = folder; at !== undefined; at = at.parent)
    if (at === file) return true
  return false
}
