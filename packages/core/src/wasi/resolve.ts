import { rootInode } from '../files/types.ts'
import type { DeviceFolder, DeviceNode, MountNode } from './devices.ts'
import { Errno, refuse } from './errno.ts'
import type { GuestFiles } from './mounts.ts'

const maxSymlinks = 40
const maxPathBytes = 4096
/** Names that one path may lead through, those of links included. */
const maxSteps = 2048

/** A folder: of the file tree, of the devices that lie over it, or both at once. */
export interface Spot {
  readonly ino: number | undefined
  readonly devices: DeviceFolder | MountNode | undefined
}

/** Where a path ends. */
export interface Resolved {
  readonly parent: Spot
  /** Empty when the path ends at a folder reached by `.` or `..`. */
  readonly name: string
  readonly found: Found
  /** The path ends in a slash, so it must be, or become, a folder. */
  readonly wantsFolder: boolean
}

export type Found =
  | { readonly kind: 'missing' }
  | { readonly kind: 'device'; readonly node: DeviceNode }
  | { readonly kind: 'directory'; readonly spot: Spot }
  | { readonly kind: 'file' | 'symlink'; readonly ino: number }

interface World {
  readonly files: GuestFiles
  readonly root: Spot
}

interface PathOptions {
  readonly path: string
  readonly follow: boolean
}

interface Walk {
  readonly files: GuestFiles
  readonly root: Spot
  readonly base: Spot
  /** Components still to go, the next one last. */
  readonly pending: string[]
  /** Folders from the base (or, outside of it, the root) to where we are. */
  stack: Spot[]
  outside: boolean
  wantsFolder: boolean
  links: number
  steps: number
}

/**
 * Follows a guest's path below an open folder. `..` above that folder, absolute paths and links that end outside are
 * refused with `notcapable`; absolute links start at the root of the tree.
 */
export function resolve(world: World, base: Spot, options: PathOptions): Resolved {
  const { together } = world.files
  if (together === undefined) return walkAlong(world, base, options)
  return together(() => walkAlong(world, base, options))
}

function walkAlong(world: World, base: Spot, options: PathOptions): Resolved {
  const { path } = options
  if (path === '') refuse(Errno.noent)
  if (path.startsWith('/')) refuse(Errno.notcapable)
  if (path.length > maxPathBytes) refuse(Errno.nametoolong)
  const pending = components(path)
  const walk: Walk = {
    ...world,
    base,
    pending,
    stack: [base],
    outside: false,
    wantsFolder: path.endsWith('/'),
    links: 0,
    steps: 0,
  }
  let at: Resolved = {
    parent: base,
    name: '',
    found: { kind: 'directory', spot: base },
    wantsFolder: false,
  }
  for (let name = pending.pop(); name !== undefined; name = pending.pop())
    at = step(walk, at, { name, follow: options.follow })
  if (walk.outside) refuse(Errno.notcapable)
  if (walk.wantsFolder && at.found.kind !== 'directory' && at.found.kind !== 'missing')
    refuse(Errno.notdir)
  return { ...at, wantsFolder: walk.wantsFolder }
}

function step(walk: Walk, from: Resolved, next: { name: string; follow: boolean }): Resolved {
  walk.steps += 1
  if (walk.steps > maxSteps) refuse(Errno.loop)
  if (from.found.kind === 'missing') refuse(Errno.noent)
  if (from.found.kind !== 'directory') refuse(Errno.notdir)
  const here = top(walk)
  if (next.name === '.') return folder(here)
  if (next.name === '..') return up(walk)
  const found = child(walk.files, here, next.name)
  const isLast = walk.pending.length === 0
  if (found.kind === 'symlink' && (!isLast || next.follow)) return follow(walk, found.ino, isLast)
  if (found.kind === 'directory') enter(walk, found.spot)
  return { parent: here, name: next.name, found, wantsFolder: false }
}

function up(walk: Walk): Resolved {
  if (walk.stack.length === 1 && !walk.outside) refuse(Errno.notcapable)
  if (walk.stack.length > 1) walk.stack.pop()
  return folder(top(walk))
}

function enter(walk: Walk, spot: Spot): void {
  if (walk.outside && spot.ino !== undefined && spot.ino === walk.base.ino) {
    walk.outside = false
    walk.stack = [walk.base]
  } else walk.stack.push(spot)
}

function follow(walk: Walk, ino: number, isLast: boolean): Resolved {
  walk.links += 1
  if (walk.links > maxSymlinks) refuse(Errno.loop)
  const target = walk.files.readLinkInode(ino)
  if (isLast && target.endsWith('/')) walk.wantsFolder = true
  walk.pending.push(...components(target))
  if (target.startsWith('/')) {
    walk.outside = walk.base.ino !== rootInode
    walk.stack = [walk.root]
  }
  return folder(top(walk))
}

/** What a name in a folder stands for; devices win over files. */
export function child(files: GuestFiles, here: Spot, name: string): Found {
  const device = here.devices?.entries.get(name)
  if (device?.kind === 'device') return { kind: 'device', node: device }
  if (device?.kind === 'mount')
    return { kind: 'directory', spot: { ino: device.ino, devices: device } }
  const ino =
    here.ino === undefined ? undefined : files.lookup(here.ino, name, { followLast: false }).ino
  const kind = ino === undefined ? undefined : files.statInode(ino).kind
  if (kind === 'directory' || device !== undefined) {
    return {
      kind: 'directory',
      spot: { ino: kind === 'directory' ? ino : undefined, devices: device },
    }
  }
  return ino === undefined || kind === undefined ? { kind: 'missing' } : { kind, ino }
}

function folder(spot: Spot): Resolved {
  return { parent: spot, name: '', found: { kind: 'directory', spot }, wantsFolder: false }
}

function top(walk: Walk): Spot {
  return walk.stack.at(-1) ?? walk.base
}

function components(path: string): string[] {
  return path
    .split('/')
    .filter((part) => part !== '')
    .toReversed()
}
