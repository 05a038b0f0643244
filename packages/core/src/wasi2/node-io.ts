import { readDevice, writeDevice } from '../wasi/devices.ts'
import { Errno, refuse } from '../wasi/errno.ts'
import type { Node } from './node.ts'
import { ask, type World } from './world.ts'

/** `descriptor-flags`. */
export interface DescriptorFlags {
  readonly read?: boolean
  readonly write?: boolean
  readonly mutateDirectory?: boolean
}

/** A node and what it was opened for. */
export interface OpenNode {
  readonly node: Node
  readonly flags: DescriptorFlags
}

/** No bytes are the end. */
export function readNode(
  world: World,
  { node, flags }: OpenNode,
  { count, at }: { readonly count: number; readonly at: number },
): Uint8Array {
  ask(world, 'fd_read')
  if (node.kind === 'directory') return refuse(Errno.isdir)
  if (flags.read !== true) refuse(Errno.badf)
  const room =
    node.kind === 'device'
      ? count
      : Math.min(count, Math.max(0, world.files.statInode(node.ino).sizeBytes - at))
  const into = new Uint8Array(room)
  const done =
    node.kind === 'device'
      ? readDevice(node.node.device, into)
      : world.files.readInode(node.ino, at, into)
  return into.subarray(0, done)
}

export function writeNode(
  world: World,
  open: OpenNode,
  { bytes, at }: { readonly bytes: Uint8Array; readonly at: number },
): void {
  ask(world, 'fd_write')
  if (open.node.kind === 'device') return writeDevice(open.node.node.device, bytes)
  world.files.writeInode(writtenInode(open), at, bytes)
}

/** Of a file that is open for writing. */
export function writtenInode({ node, flags }: OpenNode): number {
  if (node.kind === 'directory') return refuse(Errno.isdir)
  if (node.kind !== 'file') return refuse(Errno.spipe)
  return flags.write === true ? node.ino : refuse(Errno.badf)
}
