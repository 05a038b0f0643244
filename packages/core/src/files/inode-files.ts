import { FilesError } from './error.ts'
import { collect, perform } from './perform.ts'
import { directoryOf, fileOf, isSystem, nodeOf, toStat, type TreeState } from './nodes.ts'
import { writeSnapshot } from './snapshot.ts'
import type { DirectoryEntry, FileChange, FileKind, FileQuota, FileStat } from './types.ts'
import { walk, type Found } from './walk.ts'

/** The half of `VirtualFiles` that speaks in inodes. */
export class InodeFiles {
  protected readonly state: TreeState
  protected readonly now: () => number
  readonly #listeners = new Set<(change: FileChange) => void>()

  constructor(state: TreeState, now: () => number) {
    this.state = state
    this.now = now
  }

  get quota(): FileQuota {
    return this.state.quota
  }

  usage(): { readonly bytes: number; readonly inodes: number } {
    return { bytes: this.state.usedBytes, inodes: this.state.usedInodes }
  }

  lookup(parent: number, path: string, options: { followLast: boolean }): Found {
    return walk(this.state, parent, { path, followLast: options.followLast })
  }

  statInode(ino: number): FileStat {
    return toStat(nodeOf(this.state, ino))
  }

  readInode(ino: number, offset: number, into: Uint8Array): number {
    if (!Number.isSafeInteger(offset) || offset < 0)
      throw new FilesError('EINVAL', '', 'bad offset')
    return fileOf(this.state, ino).content.read(offset, into)
  }

  writeInode(ino: number, offset: number, bytes: Uint8Array): void {
    this.commit({ type: 'written', ino, offset, bytes, atMs: this.now() })
  }

  resizeInode(ino: number, sizeBytes: number): void {
    this.commit({ type: 'resized', ino, sizeBytes, atMs: this.now() })
  }

  touchInode(ino: number, accessedAtMs: number, modifiedAtMs: number): void {
    this.commit({ type: 'touched', ino, accessedAtMs, modifiedAtMs })
  }

  // oxlint-disable-next-line max-params -- the published contract has four
  make(parent: number, name: string, kind: FileKind, target?: string): number {
    const ino = this.state.nextIno
    const made = { type: 'made', ino, kind, parent, name, atMs: this.now() } as const
    this.commit(target === undefined ? made : { ...made, target })
    return ino
  }

  linkInode(ino: number, parent: number, name: string): void {
    this.commit({ type: 'linked', ino, parent, name, atMs: this.now() })
  }

  unlink(parent: number, name: string): void {
    this.commit({ type: 'unlinked', parent, name, atMs: this.now() })
  }

  // oxlint-disable-next-line max-params -- the published contract has four
  renameEntry(parent: number, name: string, newParent: number, newName: string): void {
    this.commit({ type: 'renamed', parent, name, newParent, newName, atMs: this.now() })
  }

  listInode(ino: number): DirectoryEntry[] {
    const { entries } = directoryOf(this.state, ino)
    return Array.from(entries, ([name, entry]) => ({
      name,
      ino: entry,
      kind: nodeOf(this.state, entry).kind,
    }))
  }

  readLinkInode(ino: number): string {
    const node = nodeOf(this.state, ino)
    if (node.kind !== 'symlink')
      throw new FilesError('EINVAL', `inode ${ino}`, 'it is no symbolic link')
    return node.target
  }

  hold(ino: number): void {
    nodeOf(this.state, ino).holds += 1
  }

  release(ino: number): void {
    const node = nodeOf(this.state, ino)
    if (node.holds === 0) throw new FilesError('EINVAL', `inode ${ino}`, 'it is not held')
    node.holds -= 1
    collect(this.state, node)
  }

  onChange(listener: (change: FileChange) => void): () => void {
    const own = (change: FileChange): void => listener(change)
    this.#listeners.add(own)
    return () => this.#listeners.delete(own)
  }

  apply(change: FileChange): void {
    perform(this.state, change)
  }

  snapshot(): Uint8Array {
    return writeSnapshot(this.state)
  }

  /** Carries out a change of this copy and tells the listeners. What nobody can reach by a name is not told. */
  protected commit(change: FileChange): void {
    perform(this.state, change)
    if (this.#listeners.size === 0 || this.#isNameless(change)) return
    const told = change.type === 'written' ? { ...change, bytes: change.bytes.slice() } : change
    for (const listener of this.#listeners) listener(told)
  }

  #isNameless(change: FileChange): boolean {
    if (change.type !== 'written' && change.type !== 'resized' && change.type !== 'touched')
      return false
    const node = nodeOf(this.state, change.ino)
    return node.links === 0 && !isSystem(node)
  }
}
