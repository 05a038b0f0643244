import { rootInode } from '../files/types.ts'
import { deviceTree, nullDevice, randomDevice, zeroDevice } from '../wasi/devices.ts'
import { resolve } from '../wasi/resolve.ts'
import { createCli } from './cli.ts'
import { createClocks } from './clocks.ts'
import { Descriptor } from './descriptor.ts'
import { DirectoryEntryStream, type Tree } from './directory.ts'
import { poll, Pollable } from './poll.ts'
import { createRandom } from './random.ts'
import { InputStream, OutputStream, StreamError } from './streams.ts'
import { demand, type World } from './world.ts'

/** Functions and resources by interface, under the names that jco gives them. */
export type Interfaces = Readonly<Record<string, Readonly<Record<string, unknown>>>>

/**
 * WASI 0.2 for one run of one component, over virtual files and nothing of the host.
 *
 * @see https://github.com/WebAssembly/WASI/tree/v0.2.8/wasip2
 */
export function createWasi2(world: World): Interfaces {
  return {
    ...createCli(world),
    ...createClocks(world),
    ...createRandom(world),
    'wasi:io/error': { Error: StreamError },
    'wasi:io/poll': { Pollable, poll },
    'wasi:io/streams': { InputStream, OutputStream },
    'wasi:filesystem/preopens': { getDirectories: () => openFolders(world) },
    'wasi:filesystem/types': {
      Descriptor,
      DirectoryEntryStream,
      filesystemErrorCode: ({ code }: StreamError) => code,
    },
  }
}

/** What is open is closed. */
export function closeWorld({ open }: World): void {
  for (const one of open) one[Symbol.dispose]()
}

function openFolders(world: World): [Descriptor, string][] {
  demand(world, 'fd_prestat_get')
  const device = (one: typeof nullDevice): { device: typeof nullDevice; isStream: false } => ({
    device: one,
    isStream: false,
  })
  const devices = deviceTree(
    new Map([
      ['/dev/null', device(nullDevice)],
      ['/dev/zero', device(zeroDevice)],
      ['/dev/urandom', device(randomDevice(world.random))],
    ]),
  )
  const tree: Tree = { ...world, root: { ino: rootInode, devices } }
  return world.preopens.map((path) => {
    const below = path.replace(/^\/+/, '')
    const found =
      below === ''
        ? ({ kind: 'directory', spot: tree.root } as const)
        : resolve(tree, tree.root, { path: below, follow: true }).found
    if (found.kind !== 'directory')
      throw new TypeError(`The folder "${path}" to open at the start is not there.`)
    return [new Descriptor(tree, found, { read: true, write: false, mutateDirectory: true }), path]
  })
}
