import { GrowableContent, maxFileBytes } from './content.ts'
import { FilesError } from './error.ts'
import { byteLength, checkName, checkText, maxPathBytes } from './names.ts'
import {
  bytesOf,
  checkRoom,
  directoryNode,
  directoryOf,
  fileOf,
  isSystem,
  nodeHead,
  nodeOf,
  type DirectoryNode,
  type FileNode,
  type Node,
  type TreeState,
} from './nodes.ts'
import { rootInode, type FileChange } from './types.ts'

type ChangeOf<T extends FileChange['type']> = Extract<FileChange, { type: T }>

const maxLinks = 65_535
const maxInode = 2 ** 48

/** Checks one change completely, then carries it out. Every change of a tree, own or replayed, goes through here. */
export function perform(state: TreeState, change: FileChange): void {
  switch (change.type) {
    case 'made':
      return make(state, change)
    case 'written':
      return write(state, change)
    case 'resized':
      return resize(state, change)
    case 'linked':
      return link(state, change)
    case 'unlinked':
      return unlink(state, change)
    case 'renamed':
      return rename(state, change)
    case 'touched':
      return touch(state, change)
    default:
      throw new FilesError('EINVAL', '', 'unknown change')
  }
}

/** Forgets an inode that has neither a name nor an open handle. */
export function collect(state: TreeState, node: Node): void {
  if (node.links > 0 || node.holds > 0 || isSystem(node)) return
  state.nodes.delete(node.ino)
  state.usedBytes -= bytesOf(node)
  state.usedInodes -= 1
}

function make(state: TreeState, change: ChangeOf<'made'>): void {
  checkName(change.name)
  checkTime(change.atMs)
  const parent = changeableFolder(state, change.parent, change.name)
  if (parent.entries.has(change.name)) throw new FilesError('EEXIST', change.name)
  if (!Number.isSafeInteger(change.ino) || change.ino < state.nextIno)
    throw new FilesError('EINVAL', change.name, 'bad inode number')
  if (change.ino > maxInode) throw new FilesError('ENOSPC', change.name)
  const node = newNode(change)
  checkRoom(state, { bytes: bytesOf(node), inodes: 1 }, change.name)
  state.nodes.set(node.ino, node)
  state.nextIno = node.ino + 1
  state.usedBytes += bytesOf(node)
  state.usedInodes += 1
  parent.entries.set(change.name, node.ino)
  stamp(parent, change.atMs)
}

function newNode(change: ChangeOf<'made'>): Node {
  const { ino, kind, parent, target, atMs, name } = change
  if ((kind === 'symlink') !== (target !== undefined))
    throw new FilesError('EINVAL', name, 'only a symbolic link has a target')
  if (kind === 'file') return { ...nodeHead(ino, atMs), kind, content: new GrowableContent() }
  if (kind === 'directory') return directoryNode(ino, parent, atMs)
  if (kind !== 'symlink' || target === undefined)
    throw new FilesError('EINVAL', name, 'unknown kind')
  if (target === '') throw new FilesError('ENOENT', name, 'a symbolic link needs a target')
  checkText(target, maxPathBytes)
  return { ...nodeHead(ino, atMs), kind, target, targetBytes: byteLength(target) }
}

function write(state: TreeState, change: ChangeOf<'written'>): void {
  const node = changeableFile(state, change.ino)
  checkTime(change.atMs)
  checkSize(change.offset)
  if (change.bytes.length === 0) return
  const end = change.offset + change.bytes.length
  checkSize(end)
  const growth = Math.max(0, end - node.content.size)
  checkRoom(state, { bytes: growth, inodes: 0 }, `inode ${change.ino}`)
  node.content.write(change.offset, change.bytes)
  state.usedBytes += growth
  stamp(node, change.atMs)
}

function resize(state: TreeState, change: ChangeOf<'resized'>): void {
  const node = changeableFile(state, change.ino)
  checkTime(change.atMs)
  checkSize(change.sizeBytes)
  const growth = change.sizeBytes - node.content.size
  checkRoom(state, { bytes: growth, inodes: 0 }, `inode ${change.ino}`)
  node.content.resize(change.sizeBytes)
  state.usedBytes += growth
  stamp(node, change.atMs)
}

function link(state: TreeState, change: ChangeOf<'linked'>): void {
  checkName(change.name)
  checkTime(change.atMs)
  const parent = changeableFolder(state, change.parent, change.name)
  const node = nodeOf(state, change.ino, change.name)
  if (isSystem(node)) throw new FilesError('EROFS', change.name)
  if (node.kind === 'directory')
    throw new FilesError('EPERM', change.name, 'a folder cannot have a second name')
  if (node.links === 0) throw new FilesError('ENOENT', change.name)
  if (parent.entries.has(change.name)) throw new FilesError('EEXIST', change.name)
  if (node.links >= maxLinks) throw new FilesError('EMLINK', change.name)
  checkRoom(state, { bytes: 0, inodes: 1 }, change.name)
  state.usedInodes += 1
  node.links += 1
  node.changedAtMs = change.atMs
  parent.entries.set(change.name, node.ino)
  stamp(parent, change.atMs)
}

function unlink(state: TreeState, change: ChangeOf<'unlinked'>): void {
  checkTime(change.atMs)
  const parent = changeableFolder(state, change.parent, change.name)
  const node = entryOf(state, parent, change.name)
  checkRemovable(node, change.name)
  dropEntry({ state, parent, name: change.name, node }, change.atMs)
  stamp(parent, change.atMs)
}

function rename(state: TreeState, change: ChangeOf<'renamed'>): void {
  const { name, newName, atMs } = change
  checkName(newName)
  checkTime(atMs)
  const from = changeableFolder(state, change.parent, name)
  const to = changeableFolder(state, change.newParent, newName)
  const node = entryOf(state, from, name)
  if (isSystem(node) || (node.kind === 'directory' && node.pinned))
    throw new FilesError('EROFS', name)
  const replaced = to.entries.has(newName) ? entryOf(state, to, newName) : undefined
  if (replaced === node) return
  if (node.kind === 'directory' && isInside(state, to, node))
    throw new FilesError('EINVAL', newName, 'a folder cannot move into itself')
  if (replaced !== undefined) {
    checkReplaceable(node, replaced, newName)
    dropEntry({ state, parent: to, name: newName, node: replaced }, atMs)
  }
  from.entries.delete(name)
  to.entries.set(newName, node.ino)
  if (node.kind === 'directory') node.parent = to.ino
  node.changedAtMs = atMs
  stamp(from, atMs)
  stamp(to, atMs)
}

function touch(state: TreeState, change: ChangeOf<'touched'>): void {
  const node = nodeOf(state, change.ino)
  if (isSystem(node)) throw new FilesError('EROFS', `inode ${change.ino}`)
  checkTime(change.accessedAtMs)
  checkTime(change.modifiedAtMs)
  node.accessedAtMs = change.accessedAtMs
  node.modifiedAtMs = change.modifiedAtMs
}

function checkReplaceable(node: Node, replaced: Node, name: string): void {
  if (node.kind === 'directory' && replaced.kind !== 'directory')
    throw new FilesError('ENOTDIR', name)
  if (node.kind !== 'directory' && replaced.kind === 'directory')
    throw new FilesError('EISDIR', name)
  checkRemovable(replaced, name)
}

function checkRemovable(node: Node, name: string): void {
  if (isSystem(node)) throw new FilesError('EROFS', name)
  if (node.kind !== 'directory') return
  if (node.pinned) throw new FilesError('EROFS', name)
  if (node.entries.size > 0) throw new FilesError('ENOTEMPTY', name)
}

function dropEntry(
  entry: { state: TreeState; parent: DirectoryNode; name: string; node: Node },
  atMs: number,
): void {
  const { state, parent, name, node } = entry
  parent.entries.delete(name)
  node.links -= 1
  node.changedAtMs = atMs
  if (node.links > 0) state.usedInodes -= 1
  else collect(state, node)
}

function isInside(state: TreeState, folder: DirectoryNode, ancestor: DirectoryNode): boolean {
  let current = folder
  while (current.ino !== rootInode) {
    if (current === ancestor) return true
    current = directoryOf(state, current.parent)
  }
  return current === ancestor
}

function entryOf(state: TreeState, parent: DirectoryNode, name: string): Node {
  const ino = parent.entries.get(name)
  if (ino === undefined) {
    checkName(name)
    throw new FilesError('ENOENT', name)
  }
  return nodeOf(state, ino, name)
}

function changeableFolder(state: TreeState, ino: number, name: string): DirectoryNode {
  const node = directoryOf(state, ino)
  if (isSystem(node)) throw new FilesError('EROFS', name)
  if (node.links === 0) throw new FilesError('ENOENT', name, 'the folder was removed')
  return node
}

function changeableFile(state: TreeState, ino: number): FileNode {
  const node = fileOf(state, ino)
  if (isSystem(node)) throw new FilesError('EROFS', `inode ${ino}`)
  return node
}

function stamp(node: Node, atMs: number): void {
  node.modifiedAtMs = atMs
  node.changedAtMs = atMs
}

function checkTime(ms: number): void {
  if (!Number.isFinite(ms)) throw new FilesError('EINVAL', '', 'bad time')
}

function checkSize(size: number): void {
  if (!Number.isSafeInteger(size) || size < 0)
    throw new FilesError('EINVAL', '', 'bad size or offset')
  if (size > maxFileBytes) throw new FilesError('EFBIG', '')
}
