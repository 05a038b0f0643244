import { FilesError } from './error.ts'
import { joinPath } from './names.ts'
import {
  bytesOf,
  checkRoom,
  directoryOf,
  nodeOf,
  type DirectoryNode,
  type Node,
  type TreeState,
} from './nodes.ts'

/** One step of a copy; `place` is a folder that exists already or the index of an earlier step. */
export type CopyStep =
  | {
      readonly type: 'make'
      readonly source: Node
      readonly place: Place
      readonly name: string
      readonly replaces: boolean
    }
  | { readonly type: 'overwrite'; readonly source: Node; readonly ino: number }

export type Place = { readonly ino: number } | { readonly step: number }

interface Plan {
  readonly state: TreeState
  readonly overwrite: boolean
  readonly steps: CopyStep[]
  /** Sizes that files will have when the steps so far are done. */
  readonly sizes: Map<number, number>
  bytes: number
  inodes: number
}

interface Pair {
  readonly source: Node
  readonly place: Place
  readonly name: string
  readonly path: string
}

/** Works out a copy step by step and refuses it before the first one if any cannot be done. */
export function planCopy(state: TreeState, top: Pair, overwrite: boolean): CopyStep[] {
  const plan: Plan = { state, overwrite, steps: [], sizes: new Map(), bytes: 0, inodes: 0 }
  const waiting = [top]
  for (const pair of waiting) {
    const place = planOne(plan, pair)
    if (pair.source.kind !== 'directory' || place === undefined) continue
    for (const child of children(state, pair.source, { place, path: pair.path }))
      waiting.push(child)
  }
  return plan.steps
}

function children(
  state: TreeState,
  folder: DirectoryNode,
  into: { place: Place; path: string },
): Pair[] {
  return Array.from(folder.entries, ([name, ino]) => ({
    source: nodeOf(state, ino),
    place: into.place,
    name,
    path: joinPath(into.path, name),
  }))
}

function planOne(plan: Plan, pair: Pair): Place | undefined {
  const there = existing(plan.state, pair)
  if (there === undefined) return planMake(plan, pair, false)
  if (!plan.overwrite) throw new FilesError('EEXIST', pair.path)
  if (pair.source.kind === 'directory') {
    if (there.kind !== 'directory') throw new FilesError('ENOTDIR', pair.path)
    return { ino: there.ino }
  }
  if (there.kind === 'directory') throw new FilesError('EISDIR', pair.path)
  if (there.ino < 0) throw new FilesError('EROFS', pair.path)
  if (there === pair.source) return undefined
  if (pair.source.kind !== 'file' || there.kind !== 'file') return planMake(plan, pair, true)
  spend(
    plan,
    { bytes: bytesOf(pair.source) - (plan.sizes.get(there.ino) ?? bytesOf(there)), inodes: 0 },
    pair.path,
  )
  plan.sizes.set(there.ino, bytesOf(pair.source))
  plan.steps.push({ type: 'overwrite', source: pair.source, ino: there.ino })
  return undefined
}

function planMake(plan: Plan, pair: Pair, replaces: boolean): Place {
  spend(plan, { bytes: bytesOf(pair.source), inodes: 1 }, pair.path)
  plan.steps.push({
    type: 'make',
    source: pair.source,
    place: pair.place,
    name: pair.name,
    replaces,
  })
  return { step: plan.steps.length - 1 }
}

function spend(plan: Plan, need: { bytes: number; inodes: number }, path: string): void {
  plan.bytes += need.bytes
  plan.inodes += need.inodes
  checkRoom(plan.state, plan, path)
}

function existing(state: TreeState, pair: Pair): Node | undefined {
  if (!('ino' in pair.place)) return undefined
  const folder = directoryOf(state, pair.place.ino, pair.path)
  if (folder.ino < 0) throw new FilesError('EROFS', pair.path)
  const ino = folder.entries.get(pair.name)
  return ino === undefined ? undefined : nodeOf(state, ino)
}
