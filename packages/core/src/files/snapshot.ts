import { ByteReader } from './byte-reader.ts'
import { ByteWriter } from './byte-writer.ts'
import { kinds } from './changes.ts'
import { GrowableContent, maxFileBytes } from './content.ts'
import { FilesError } from './error.ts'
import { byteLength, checkName, checkText, maxPathBytes } from './names.ts'
import {
  bytesOf,
  checkRoom,
  directoryNode,
  nodeHead,
  type DirectoryNode,
  type Node,
  type TreeState,
} from './nodes.ts'
import { rootInode, type FileQuota } from './types.ts'

const magic = 'gaesup-files-1'

/** All that has a name and is no system file, in the order of the inode numbers. */
export function writeSnapshot(state: TreeState): Uint8Array {
  const nodes = [...state.nodes.values()]
    .filter((node) => node.ino > 0 && node.links > 0)
    .sort((a, b) => a.ino - b.ino)
  const out = new ByteWriter().text(magic).integer(state.nextIno).integer(nodes.length)
  for (const node of nodes) writeNode(out, node)
  return out.finish()
}

/** Builds a tree from the bytes of `writeSnapshot`. Throws `EINVAL` for an incomplete tree, and the quota's errors for one that does not fit. */
export function readSnapshot(bytes: Uint8Array, quota: FileQuota): TreeState {
  const input = new ByteReader(bytes)
  if (input.text() !== magic) broken('this is no snapshot')
  const nextIno = input.integer()
  const state: TreeState = { quota, nodes: new Map(), nextIno, usedBytes: 0, usedInodes: 0 }
  for (let left = input.integer(); left > 0; left -= 1) addNode(state, readNode(input, quota))
  input.end()
  joinNames(state)
  return state
}

function writeNode(out: ByteWriter, node: Node): void {
  out.integer(node.ino).integer(kinds.indexOf(node.kind))
  out.double(node.accessedAtMs).double(node.modifiedAtMs).double(node.changedAtMs)
  if (node.kind === 'file') out.integer(node.content.size).sized(node.content.stored())
  else if (node.kind === 'symlink') out.text(node.target)
  else writeEntries(out, node)
}

function writeEntries(out: ByteWriter, folder: DirectoryNode): void {
  const entries = [...folder.entries].filter(([, ino]) => ino > 0)
  out.integer(entries.length)
  for (const [name, ino] of entries) out.text(name).integer(ino)
}

function readNode(input: ByteReader, quota: FileQuota): Node {
  const ino = input.integer()
  const kind = kinds[input.integer()]
  const times = {
    accessedAtMs: input.double(),
    modifiedAtMs: input.double(),
    changedAtMs: input.double(),
  }
  const head = { ...nodeHead(ino, 0), ...times, links: 0 }
  if (kind === 'file') return { ...head, kind, content: readContent(input, quota) }
  if (kind === 'directory')
    return { ...directoryNode(ino, 0, 0), ...head, entries: readEntries(input) }
  if (kind !== 'symlink') return broken('unknown kind')
  const target = input.text()
  checkText(target, maxPathBytes)
  if (target === '') broken('a symbolic link has no target')
  return { ...head, kind, target, targetBytes: byteLength(target) }
}

function readContent(input: ByteReader, quota: FileQuota): GrowableContent {
  const size = input.integer()
  const stored = input.sized()
  if (stored.length > size || size > maxFileBytes) broken('bad file size')
  if (size > quota.bytes) throw new FilesError('EDQUOT', '')
  const content = new GrowableContent()
  if (stored.length > 0) content.write(0, stored)
  content.resize(size)
  return content
}

function readEntries(input: ByteReader): Map<string, number> {
  const entries = new Map<string, number>()
  for (let left = input.integer(); left > 0; left -= 1) {
    const name = input.text()
    checkName(name)
    if (entries.has(name)) broken('one name stands twice in a folder')
    entries.set(name, input.integer())
  }
  return entries
}

function addNode(state: TreeState, node: Node): void {
  if (node.ino < rootInode || node.ino >= state.nextIno || state.nodes.has(node.ino))
    broken('bad inode number')
  checkRoom(state, { bytes: bytesOf(node), inodes: 0 }, '')
  state.usedBytes += bytesOf(node)
  state.nodes.set(node.ino, node)
}

/** Counts links and sets parents by going through the tree once; every inode must be met, folders only once. */
function joinNames(state: TreeState): void {
  const root = state.nodes.get(rootInode)
  if (root?.kind !== 'directory') return broken('there is no root folder')
  root.links = 1
  root.parent = rootInode
  const waiting = [root]
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    for (const ino of folder.entries.values()) {
      const node = nameNode(state, ino)
      if (node.kind !== 'directory') continue
      node.parent = folder.ino
      waiting.push(node)
    }
  }
  for (const node of state.nodes.values()) if (node.links === 0) broken('an inode has no name')
}

function nameNode(state: TreeState, ino: number): Node {
  const node = state.nodes.get(ino) ?? broken('a name leads nowhere')
  checkRoom(state, { bytes: 0, inodes: 1 }, '')
  state.usedInodes += 1
  node.links += 1
  if (node.kind === 'directory' && node.links > 1) broken('a folder has two names')
  return node
}

function broken(reason: string): never {
  throw new FilesError('EINVAL', '', reason)
}
