import { Errno, refuse } from '../wasi/errno.ts'
import { resolve, type Resolved, type Spot } from '../wasi/resolve.ts'
import { answer, type ErrorCode, type Result } from './answer.ts'
import { types } from './node.ts'
import type { World } from './world.ts'

/** `path-flags`. */
export interface PathFlags {
  readonly symlinkFollow?: boolean
}

/** `open-flags`. */
export interface OpenFlags {
  readonly create?: boolean
  readonly directory?: boolean
  readonly exclusive?: boolean
  readonly truncate?: boolean
}

/** The tree as a component sees it: its files, with the devices over them. */
export interface Tree extends World {
  readonly root: Spot
}

/** A path below an open folder. */
export interface Place {
  readonly base: Spot
  readonly path: string
}

/** What a path below a folder leads to; a closing slash follows a link as the flag does. */
export function target(tree: Tree, { base, path }: Place, flags: PathFlags): Resolved {
  const follow = flags.symlinkFollow === true || path.endsWith('/')
  return resolve(tree, base, { path, follow })
}

/** The entry itself, a link not followed. */
export function entry(tree: Tree, { base, path }: Place): Resolved {
  return resolve(tree, base, { path, follow: false })
}

/** The folder of an entry, unless the entry or its folder belongs to the devices. */
export function changeable({ parent, found }: Resolved): number {
  const isDevice =
    found.kind === 'device' || (found.kind === 'directory' && found.spot.devices !== undefined)
  return parent.ino === undefined || isDevice ? refuse(Errno.rofs) : parent.ino
}

/** The folder and name for something new. */
export function vacancy(
  tree: Tree,
  at: Place,
  mayBeFolder = false,
): { readonly parent: number; readonly name: string } {
  const place = entry(tree, at)
  if (place.found.kind !== 'missing') refuse(Errno.exist)
  if (place.wantsFolder && !mayBeFolder) refuse(Errno.noent)
  return { parent: changeable(place), name: place.name }
}

export function removeDirectory(tree: Tree, at: Place): void {
  const place = entry(tree, at)
  if (place.found.kind === 'missing') refuse(Errno.noent)
  if (place.found.kind !== 'directory') refuse(Errno.notdir)
  if (place.name === '') refuse(Errno.inval)
  tree.files.unlink(changeable(place), place.name)
}

export function unlinkFile(tree: Tree, at: Place): void {
  const place = entry(tree, at)
  if (place.found.kind === 'missing') refuse(Errno.noent)
  if (place.found.kind === 'directory') refuse(Errno.isdir)
  tree.files.unlink(changeable(place), place.name)
}

export function rename(tree: Tree, old: Place, next: Place): void {
  const from = entry(tree, old)
  const to = entry(tree, next)
  if (from.found.kind === 'missing') refuse(Errno.noent)
  if (to.found.kind === 'device') refuse(Errno.rofs)
  if (to.wantsFolder && from.found.kind !== 'directory') refuse(Errno.notdir)
  if (from.name === '' || to.name === '') refuse(Errno.inval)
  tree.files.renameEntry(changeable(from), from.name, changeable(to), to.name)
}

export function link(tree: Tree, old: Place & { readonly flags: PathFlags }, next: Place): void {
  const { found } = target(tree, old, old.flags)
  if (found.kind === 'missing') return refuse(Errno.noent)
  if (found.kind === 'directory' || found.kind === 'device') return refuse(Errno.perm)
  const { parent, name } = vacancy(tree, next)
  tree.files.linkInode(found.ino, parent, name)
}

interface Entry {
  readonly type: (typeof types)[keyof typeof types]
  readonly name: string
}

/** `directory-entry-stream`: what the folder held when it was opened, without `.` and `..`. */
export class DirectoryEntryStream {
  readonly #entries: Iterator<Entry>

  constructor(tree: Tree, spot: Spot) {
    this.#entries = listSpot(tree, spot).values()
  }

  readDirectoryEntry(): Result<Entry | undefined, ErrorCode> {
    return answer(() => this.#entries.next().value as Entry | undefined)
  }
}

function listSpot({ files }: Tree, { ino, devices }: Spot): Entry[] {
  const over = [...(devices?.entries ?? [])].map(([name, { kind }]) => ({
    name,
    type: types[kind === 'folder' ? 'directory' : 'device'],
  }))
  const below = ino === undefined ? [] : files.listInode(ino)
  return [
    ...over,
    ...below.flatMap(({ name, kind }) =>
      devices?.entries.has(name) === true ? [] : [{ name, type: types[kind] }],
    ),
  ]
}
