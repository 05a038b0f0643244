import { Errno, refuse } from '../wasi/errno.ts'
import type { Found, Resolved } from '../wasi/resolve.ts'
import { target, type OpenFlags, type PathFlags, type Place, type Tree } from './directory.ts'
import type { Node } from './node.ts'

export interface OpenWish {
  readonly pathFlags: PathFlags
  readonly openFlags: OpenFlags
  readonly writes: boolean
}

/** What `open-at` opens, made if it is to be. */
export function openNode(tree: Tree, place: Place, wish: OpenWish): Node {
  const { create = false, directory = false, exclusive = false } = wish.openFlags
  if (create && directory) refuse(Errno.inval)
  const follows = wish.pathFlags.symlinkFollow === true && !exclusive
  const at = target(tree, place, { symlinkFollow: follows })
  if (at.found.kind === 'missing') return createFile(tree, at, create)
  if (create && exclusive) refuse(Errno.exist)
  return openFound(tree, at.found, wish)
}

function createFile(tree: Tree, at: Resolved, create: boolean): Node {
  if (!create) refuse(Errno.noent)
  if (at.wantsFolder) refuse(Errno.isdir)
  if (at.parent.ino === undefined) return refuse(Errno.rofs)
  return { kind: 'file', ino: tree.files.make(at.parent.ino, at.name, 'file') }
}

function openFound(
  tree: Tree,
  found: Exclude<Found, { kind: 'missing' }>,
  { openFlags, writes }: OpenWish,
): Node {
  const { create, directory, truncate = false } = openFlags
  if (found.kind === 'directory') {
    const isWritten = (writes && directory !== true) || truncate || create === true
    return isWritten ? refuse(Errno.isdir) : { kind: 'directory', spot: found.spot }
  }
  if (found.kind === 'symlink') return refuse(Errno.loop)
  if (directory === true) return refuse(Errno.notdir)
  if (found.kind === 'device') return { kind: 'device', node: found.node }
  if (writes && found.ino < 0) refuse(Errno.rofs)
  if (truncate) tree.files.resizeInode(found.ino, 0)
  return { kind: 'file', ino: found.ino }
}
