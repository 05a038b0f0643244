import type { Content } from './content.ts'
import { FilesError } from './error.ts'
import { rootInode, type FileQuota, type FileStat } from './types.ts'

interface NodeHead {
  readonly ino: number
  /** Names in folders; 0 once it is unlinked and only held open. */
  links: number
  /** How often it is open. */
  holds: number
  accessedAtMs: number
  modifiedAtMs: number
  changedAtMs: number
}

export interface FileNode extends NodeHead {
  readonly kind: 'file'
  readonly content: Content
}

export interface DirectoryNode extends NodeHead {
  readonly kind: 'directory'
  readonly entries: Map<string, number>
  parent: number
  /** Set on a changeable folder that has system files below: it cannot be moved or removed. */
  pinned: boolean
}

export interface SymlinkNode extends NodeHead {
  readonly kind: 'symlink'
  readonly target: string
  readonly targetBytes: number
}

export type Node = FileNode | DirectoryNode | SymlinkNode

/** All inodes of one tree and what they use up. System inodes are negative and use up nothing. */
export interface TreeState {
  readonly quota: FileQuota
  readonly nodes: Map<number, Node>
  nextIno: number
  usedBytes: number
  usedInodes: number
}

/** The five fields that every new node starts with. */
export function nodeHead(ino: number, atMs: number): NodeHead {
  return { ino, links: 1, holds: 0, accessedAtMs: atMs, modifiedAtMs: atMs, changedAtMs: atMs }
}

export function directoryNode(ino: number, parent: number, atMs: number): DirectoryNode {
  return { ...nodeHead(ino, atMs), kind: 'directory', entries: new Map(), parent, pinned: false }
}

/** A tree with only its root folder. */
export function emptyState(quota: FileQuota, atMs: number): TreeState {
  const root = directoryNode(rootInode, rootInode, atMs)
  return {
    quota,
    nodes: new Map([[rootInode, root]]),
    nextIno: rootInode + 1,
    usedBytes: 0,
    usedInodes: 0,
  }
}

export function nodeOf(state: TreeState, ino: number, path: string = `inode ${ino}`): Node {
  const node = state.nodes.get(ino)
  if (node === undefined) throw new FilesError('ENOENT', path)
  return node
}

export function directoryOf(state: TreeState, ino: number, path?: string): DirectoryNode {
  const node = nodeOf(state, ino, path)
  if (node.kind !== 'directory') throw new FilesError('ENOTDIR', path ?? `inode ${ino}`)
  return node
}

export function fileOf(state: TreeState, ino: number, path: string = `inode ${ino}`): FileNode {
  const node = nodeOf(state, ino, path)
  if (node.kind === 'directory') throw new FilesError('EISDIR', path)
  if (node.kind === 'symlink') throw new FilesError('EINVAL', path, 'it is a symbolic link')
  return node
}

export function isSystem(node: Node): boolean {
  return node.ino < 0
}

/** Bytes the node counts in the quota. */
export function bytesOf(node: Node): number {
  if (node.kind === 'file') return node.content.size
  return node.kind === 'symlink' ? node.targetBytes : 0
}

/** Refuses what the quota has no room for. Every name of a hard-linked file counts as one inode. */
export function checkRoom(
  state: TreeState,
  need: { bytes: number; inodes: number },
  path: string,
): void {
  if (need.bytes > 0 && state.usedBytes + need.bytes > state.quota.bytes)
    throw new FilesError('EDQUOT', path)
  if (need.inodes > 0 && state.usedInodes + need.inodes > state.quota.inodes)
    throw new FilesError('ENOSPC', path)
}

export function toStat(node: Node): FileStat {
  return {
    ino: node.ino,
    kind: node.kind,
    sizeBytes: bytesOf(node),
    links: node.links,
    accessedAtMs: node.accessedAtMs,
    modifiedAtMs: node.modifiedAtMs,
    changedAtMs: node.changedAtMs,
    system: isSystem(node),
  }
}
