import type { FileStat } from '../files/types.ts'
import type { DeviceNode } from '../wasi/devices.ts'
import { Errno, refuse } from '../wasi/errno.ts'
import type { Found, Spot } from '../wasi/resolve.ts'
import { toDatetime, toMs, type Datetime } from './clocks.ts'
import type { World } from './world.ts'

/** What a descriptor is open on. */
export type Node =
  | { readonly kind: 'file'; readonly ino: number }
  | { readonly kind: 'directory'; readonly spot: Spot }
  | { readonly kind: 'device'; readonly node: DeviceNode }

export const types = {
  file: 'regular-file',
  directory: 'directory',
  symlink: 'symbolic-link',
  device: 'character-device',
} as const

/** `descriptor-stat`. */
export interface Stat {
  readonly type: (typeof types)[keyof typeof types]
  readonly linkCount: bigint
  readonly size: bigint
  readonly dataAccessTimestamp?: Datetime
  readonly dataModificationTimestamp?: Datetime
  readonly statusChangeTimestamp?: Datetime
}

export function statOf(world: World, found: Found): Stat {
  if (found.kind === 'missing') return refuse(Errno.noent)
  const ino = inodeOf(found)
  if (ino === undefined) return { type: types[found.kind], linkCount: 1n, size: 0n }
  return toStat(world.files.statInode(ino))
}

/** Undefined for devices and folders of nothing else. */
export function inodeOf(found: Found): number | undefined {
  if (found.kind === 'directory') return found.spot.ino
  return found.kind === 'file' || found.kind === 'symlink' ? found.ino : undefined
}

/** Tells objects apart that are not the same one. */
export function hashOf(found: Found): { readonly upper: bigint; readonly lower: bigint } {
  if (found.kind === 'missing') return refuse(Errno.noent)
  if (found.kind === 'device') return { upper: 1n, lower: found.node.number }
  const ino = inodeOf(found)
  if (ino !== undefined) return { upper: 0n, lower: BigInt.asUintN(64, BigInt(ino)) }
  return { upper: 1n, lower: (found.kind === 'directory' && found.spot.devices?.number) || 0n }
}

export type NewTimestamp =
  | { readonly tag: 'no-change' }
  | { readonly tag: 'now' }
  | { readonly tag: 'timestamp'; readonly val: Datetime }

export function setTimes(
  world: World,
  ino: number | undefined,
  times: { readonly accessed: NewTimestamp; readonly modified: NewTimestamp },
): void {
  if (ino === undefined) return refuse(Errno.rofs)
  const { accessedAtMs, modifiedAtMs } = world.files.statInode(ino)
  const pick = (given: NewTimestamp, old: number): number => {
    if (given.tag === 'no-change') return old
    return given.tag === 'now' ? Number(world.clock.realtimeNs()) / 1e6 : toMs(given.val)
  }
  world.files.touchInode(
    ino,
    pick(times.accessed, accessedAtMs),
    pick(times.modified, modifiedAtMs),
  )
}

function toStat(stat: FileStat): Stat {
  return {
    type: types[stat.kind],
    linkCount: BigInt(stat.links),
    size: BigInt(stat.sizeBytes),
    dataAccessTimestamp: fromMs(stat.accessedAtMs),
    dataModificationTimestamp: fromMs(stat.modifiedAtMs),
    statusChangeTimestamp: fromMs(stat.changedAtMs),
  }
}

function fromMs(ms: number): Datetime {
  const whole = Math.max(0, Math.floor(ms))
  return toDatetime(BigInt(whole) * 1_000_000n + BigInt(Math.round(Math.max(0, ms - whole) * 1e6)))
}
