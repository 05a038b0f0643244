import { FilesError } from './error.ts'
import { checkText, maxNameBytes, maxPathBytes } from './names.ts'
import { directoryOf, nodeOf, type TreeState } from './nodes.ts'
import { rootInode } from './types.ts'

const maxSymlinks = 40

/** Where a path ends. `name` is empty when it ends at a folder reached by `/`, `.` or `..`. */
export interface Found {
  readonly parent: number
  readonly name: string
  readonly ino: number | undefined
}

interface Walk {
  readonly state: TreeState
  readonly path: string
  /** Components still to go, the next one last. */
  readonly pending: string[]
  mustBeFolder: boolean
  links: number
}

/** Follows a path from `start`; only the last component may be missing. */
export function walk(
  state: TreeState,
  start: number,
  options: { path: string; followLast: boolean },
): Found {
  const { path } = options
  if (path === '') throw new FilesError('ENOENT', path)
  checkText(path, maxPathBytes)
  const walking: Walk = {
    state,
    path,
    pending: components(path),
    mustBeFolder: path.endsWith('/'),
    links: 0,
  }
  let at: Found = folder(path.startsWith('/') ? rootInode : start)
  for (let name = walking.pending.pop(); name !== undefined; name = walking.pending.pop()) {
    if (at.ino === undefined) throw new FilesError('ENOENT', path)
    at = step(walking, at.ino, name)
    at = followIfLink(walking, at, options.followLast)
  }
  if (walking.mustBeFolder && at.ino !== undefined) directoryOf(state, at.ino, path)
  return at
}

function step(walking: Walk, from: number, name: string): Found {
  const current = directoryOf(walking.state, from, walking.path)
  if (name === '.') return folder(from)
  if (name === '..') return folder(current.parent)
  checkText(name, maxNameBytes)
  return { parent: from, name, ino: current.entries.get(name) }
}

function followIfLink(walking: Walk, at: Found, followLast: boolean): Found {
  if (at.ino === undefined || at.name === '') return at
  const node = nodeOf(walking.state, at.ino, walking.path)
  if (node.kind !== 'symlink') return at
  const isLast = walking.pending.length === 0
  if (isLast && !followLast && !walking.mustBeFolder) return at
  walking.links += 1
  if (walking.links > maxSymlinks) throw new FilesError('ELOOP', walking.path)
  if (isLast && node.target.endsWith('/')) walking.mustBeFolder = true
  walking.pending.push(...components(node.target))
  return folder(node.target.startsWith('/') ? rootInode : at.parent)
}

function folder(ino: number): Found {
  return { parent: ino, name: '', ino }
}

function components(path: string): string[] {
  return path
    .split('/')
    .filter((part) => part !== '')
    .toReversed()
}
