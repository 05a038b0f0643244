import { SystemContent } from './content.ts'
import { FilesError } from './error.ts'
import { checkName, checkText, maxPathBytes } from './names.ts'
import {
  directoryNode,
  directoryOf,
  nodeHead,
  nodeOf,
  type DirectoryNode,
  type Node,
  type TreeState,
} from './nodes.ts'
import { rootInode } from './types.ts'

/** Files that come with the container, by absolute path; a function makes the bytes when they are first needed. */
export type SystemFiles = ReadonlyMap<string, Uint8Array | (() => Uint8Array)>

/**
 * Puts the system files, and the system folders they need, into the tree. Refuses with `EEXIST` or `ENOTDIR` a path
 * that the tree already uses for something else.
 */
export function attachSystem(state: TreeState, system: SystemFiles): void {
  let ino = -1
  for (const [path, source] of system) {
    checkText(path, maxPathBytes)
    const parts = path.split('/').filter((part) => part !== '')
    const name = parts.pop()
    if (name === undefined || !path.startsWith('/'))
      throw new FilesError('EINVAL', path, 'a system file needs an absolute path')
    let folder = directoryOf(state, rootInode)
    for (const part of parts) folder = enter({ state, folder, name: part, ino: () => ino-- }, path)
    if (folder.entries.has(name)) throw new FilesError('EEXIST', path)
    add(
      state,
      { folder, name },
      { ...nodeHead(ino--, 0), kind: 'file', content: new SystemContent(source) },
    )
  }
}

function enter(
  step: { state: TreeState; folder: DirectoryNode; name: string; ino: () => number },
  path: string,
): DirectoryNode {
  const { state, folder, name } = step
  const known = folder.entries.get(name)
  if (known === undefined) {
    const made = directoryNode(step.ino(), folder.ino, 0)
    add(state, { folder, name }, made)
    return made
  }
  const node = nodeOf(state, known, path)
  if (node.kind !== 'directory') throw new FilesError('ENOTDIR', path)
  return node
}

function add(state: TreeState, place: { folder: DirectoryNode; name: string }, node: Node): void {
  checkName(place.name)
  place.folder.entries.set(place.name, node.ino)
  state.nodes.set(node.ino, node)
  for (let above = place.folder; above.ino !== rootInode; above = directoryOf(state, above.parent))
    above.pinned = true
}
