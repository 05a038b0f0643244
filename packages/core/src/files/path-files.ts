import { planCopy, type CopyStep } from './copy.ts'
import { FilesError } from './error.ts'
import { InodeFiles } from './inode-files.ts'
import { checkText, maxPathBytes } from './names.ts'
import {
  bytesOf,
  checkRoom,
  directoryOf,
  fileOf,
  nodeOf,
  toStat,
  type DirectoryNode,
  type Node,
} from './nodes.ts'
import { rootInode, type DirectoryEntry, type FileStat, type VirtualFiles } from './types.ts'
import { walk, type Found } from './walk.ts'

/** The whole of `VirtualFiles`: paths on top of inodes. */
export class PathFiles extends InodeFiles implements VirtualFiles {
  stat(path: string): FileStat {
    return toStat(this.#node(path, true))
  }

  lstat(path: string): FileStat {
    return toStat(this.#node(path, false))
  }

  exists(path: string): boolean {
    try {
      return this.#find(path, true).ino !== undefined
    } catch (error) {
      if (error instanceof FilesError) return false
      throw error
    }
  }

  list(path: string): DirectoryEntry[] {
    return this.listInode(directoryOf(this.state, this.#node(path, true).ino, path).ino)
  }

  readFile(path: string, options: { maxBytes?: number } = {}): Uint8Array {
    const { content } = fileOf(this.state, this.#node(path, true).ino, path)
    if (content.size > (options.maxBytes ?? Infinity)) throw new FilesError('EFBIG', path)
    const bytes = new Uint8Array(content.size)
    content.read(0, bytes)
    return bytes
  }

  writeFile(
    path: string,
    bytes: Uint8Array,
    options: { append?: boolean; exclusive?: boolean } = {},
  ): void {
    const found = this.#find(path, options.exclusive !== true)
    if (found.ino === undefined) {
      if (path.endsWith('/')) throw new FilesError('EISDIR', path)
      checkRoom(this.state, { bytes: bytes.length, inodes: 1 }, path)
      return this.writeInode(this.make(found.parent, found.name, 'file'), 0, bytes)
    }
    if (options.exclusive === true) throw new FilesError('EEXIST', path)
    const { content } = fileOf(this.state, found.ino, path)
    if (options.append === true) return this.writeInode(found.ino, content.size, bytes)
    this.#replace(found.ino, bytes)
  }

  makeDirectory(path: string, options: { recursive?: boolean } = {}): void {
    if (options.recursive === true) return this.#makeFolders(path)
    const { parent, name, ino } = this.#entry(path)
    if (ino !== undefined) throw new FilesError('EEXIST', path)
    this.make(parent, name, 'directory')
  }

  symlink(target: string, path: string): void {
    const { parent, name, ino } = this.#find(path, false)
    if (ino !== undefined) throw new FilesError('EEXIST', path)
    if (path.endsWith('/')) throw new FilesError('ENOENT', path)
    this.make(parent, name, 'symlink', target)
  }

  readLink(path: string): string {
    const node = this.#node(path, false)
    if (node.kind !== 'symlink') throw new FilesError('EINVAL', path, 'it is no symbolic link')
    return node.target
  }

  link(existing: string, path: string): void {
    const node = this.#node(existing, false)
    const { parent, name, ino } = this.#find(path, false)
    if (ino !== undefined) throw new FilesError('EEXIST', path)
    this.linkInode(node.ino, parent, name)
  }

  rename(from: string, to: string): void {
    const source = this.#entry(from)
    if (source.ino === undefined) throw new FilesError('ENOENT', from)
    const target = this.#entry(to)
    const isFolder = nodeOf(this.state, source.ino).kind === 'directory'
    if (to.endsWith('/') && !isFolder) throw new FilesError('ENOTDIR', to)
    if (source.name === '' || target.name === '')
      throw new FilesError('EINVAL', source.name === '' ? from : to)
    this.renameEntry(source.parent, source.name, target.parent, target.name)
  }

  remove(path: string, options: { recursive?: boolean } = {}): void {
    const { parent, name, ino } = this.#entry(path)
    if (ino === undefined) throw new FilesError('ENOENT', path)
    if (name === '') throw new FilesError('EINVAL', path, 'it cannot be removed by this path')
    const node = nodeOf(this.state, ino)
    if (options.recursive !== true || node.kind !== 'directory') return this.unlink(parent, name)
    if (node.pinned || node.ino < 0 || parent < 0) throw new FilesError('EROFS', path)
    for (const entry of this.#deepestFirst(node)) this.unlink(entry.parent, entry.name)
    this.unlink(parent, name)
  }

  copy(from: string, to: string, options: { overwrite?: boolean; recursive?: boolean } = {}): void {
    const source = this.#node(from, true)
    if (source.kind === 'directory' && options.recursive !== true)
      throw new FilesError('EISDIR', from)
    const target = this.#find(to, true)
    if (to.endsWith('/') && source.kind !== 'directory') throw new FilesError('EISDIR', to)
    if (target.ino === source.ino) throw new FilesError('EINVAL', to, 'it is the same file')
    if (source.kind === 'directory') this.#refuseInside(source, target, to)
    const place = target.name === '' ? parentOf(this, target, to) : target
    const top = { source, place: { ino: place.parent }, name: place.name, path: to }
    const made: number[] = []
    for (const step of planCopy(this.state, top, options.overwrite === true))
      made.push(this.#copyStep(step, made))
  }

  truncate(path: string, sizeBytes: number): void {
    this.resizeInode(fileOf(this.state, this.#node(path, true).ino, path).ino, sizeBytes)
  }

  touch(path: string, accessedAtMs: number, modifiedAtMs: number): void {
    this.touchInode(this.#node(path, true).ino, accessedAtMs, modifiedAtMs)
  }

  #copyStep(step: CopyStep, made: readonly number[]): number {
    if (step.type === 'overwrite') {
      this.#replace(
        step.ino,
        fileOf(this.state, step.source.ino).content.stored(),
        bytesOf(step.source),
      )
      return step.ino
    }
    const parent = 'ino' in step.place ? step.place.ino : (made[step.place.step] ?? rootInode)
    if (step.replaces) this.unlink(parent, step.name)
    if (step.source.kind === 'symlink')
      return this.make(parent, step.name, 'symlink', step.source.target)
    const ino = this.make(parent, step.name, step.source.kind)
    if (step.source.kind === 'file')
      this.#replace(ino, step.source.content.stored(), step.source.content.size)
    return ino
  }

  /** Makes `bytes`, and zeros up to `size`, the whole content of a file. */
  #replace(ino: number, bytes: Uint8Array, size: number = bytes.length): void {
    const { content } = fileOf(this.state, ino)
    if (bytes.length > 0) this.writeInode(ino, 0, bytes)
    if (bytes.length === 0 || content.size > bytes.length) this.resizeInode(ino, bytes.length)
    if (size > bytes.length) this.resizeInode(ino, size)
  }

  #makeFolders(path: string): void {
    checkText(path, maxPathBytes)
    let folder = rootInode
    const missing: string[] = []
    for (const part of path.split('/').filter((name) => name !== '')) {
      if (missing.length > 0) {
        missing.push(part)
        continue
      }
      const found = walk(this.state, folder, { path: part, followLast: true })
      if (found.ino === undefined) missing.push(part)
      else folder = directoryOf(this.state, found.ino, path).ino
    }
    if (missing.includes('..')) throw new FilesError('ENOENT', path)
    const names = missing.filter((name) => name !== '.')
    for (const name of names) checkText(name, 255)
    checkRoom(this.state, { bytes: 0, inodes: names.length }, path)
    for (const name of names) folder = this.make(folder, name, 'directory')
  }

  #deepestFirst(top: DirectoryNode): { parent: number; name: string }[] {
    const found: { parent: number; name: string }[] = []
    const waiting = [top]
    for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
      for (const [name, ino] of folder.entries) {
        found.push({ parent: folder.ino, name })
        const node = nodeOf(this.state, ino)
        if (node.kind === 'directory') waiting.push(node)
      }
    }
    return found.toReversed()
  }

  #refuseInside(source: Node, target: Found, path: string): void {
    for (let at = target.parent; at !== rootInode; at = directoryOf(this.state, at).parent) {
      if (at === source.ino)
        throw new FilesError('EINVAL', path, 'a folder cannot be copied into itself')
    }
    if (source.ino === rootInode)
      throw new FilesError('EINVAL', path, 'a folder cannot be copied into itself')
  }

  #find(path: string, followLast: boolean): Found {
    if (!path.startsWith('/')) throw new FilesError('EINVAL', path, 'the path must be absolute')
    return walk(this.state, rootInode, { path, followLast })
  }

  #node(path: string, followLast: boolean): Node {
    const { ino } = this.#find(path, followLast)
    if (ino === undefined) throw new FilesError('ENOENT', path)
    return nodeOf(this.state, ino)
  }

  /** The entry itself: a trailing slash asks for a folder but follows no link. */
  #entry(path: string): Found {
    const trimmed = path.replace(/\/+$/, '')
    const found = this.#find(trimmed === '' ? '/' : trimmed, false)
    if (trimmed !== path && found.ino !== undefined) directoryOf(this.state, found.ino, path)
    return found
  }
}

/** Names a folder that was reached by `..` or `.` from its parent, for a merge into it. */
function parentOf(files: InodeFiles, found: Found, path: string): Found {
  const { parent } = files.lookup(found.parent, '..', { followLast: true })
  const entry = files.listInode(parent).find(({ ino }) => ino === found.ino)
  if (entry === undefined) throw new FilesError('EINVAL', path, 'the root is not copied over')
  return { parent, name: entry.name, ino: entry.ino }
}
