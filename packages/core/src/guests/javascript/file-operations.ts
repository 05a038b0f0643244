import type { FileStat, VirtualFiles } from '../../files/types.ts'
import {
  bytesArgument,
  numberArgument,
  Refusal,
  textArgument,
  type GuestValue,
  type HostOperation,
} from './bridge.ts'

/** Bytes copied into the guest in one read of a whole file. Larger files are read in pieces. */
const maxReadBytes = 512 * 1_048_576

const hasCode = (error: unknown): error is Error & { readonly code: string } =>
  error instanceof Error && 'code' in error && typeof error.code === 'string'

/** `FilesError`s become refusals; anything else is a fault of the host. */
const guarded =
  (perform: HostOperation): HostOperation =>
  (args) => {
    try {
      return perform(args)
    } catch (error) {
      if (error instanceof Refusal || !hasCode(error)) throw error
      throw new Refusal(error.code)
    }
  }

const pathArgument = (value: GuestValue): string => {
  const path = textArgument(value)
  if (path.includes('\0')) throw new Refusal('EINVAL')
  return path.startsWith('/') ? path : `/${path}`
}

const sizeArgument = (value: GuestValue): number => {
  const size = numberArgument(value)
  if (!Number.isSafeInteger(size) || size < 0) throw new Refusal('EINVAL')
  return size
}

const kinds = { file: 0, directory: 1, symlink: 2 } as const

const statText = (stat: FileStat): string =>
  JSON.stringify([
    stat.ino,
    kinds[stat.kind],
    stat.sizeBytes,
    stat.links,
    stat.accessedAtMs,
    stat.modifiedAtMs,
    stat.changedAtMs,
    stat.system ? 1 : 0,
  ])

const inodeOperations = (files: VirtualFiles): [string, HostOperation][] => {
  const held = new Set<number>()
  const open = (value: GuestValue): number => {
    const ino = numberArgument(value)
    if (!held.has(ino)) throw new Refusal('EBADF')
    return ino
  }
  const counts = new Map<number, number>()
  return [
    [
      'fs.hold',
      ([path]) => {
        const { ino } = files.stat(pathArgument(path))
        files.hold(ino)
        held.add(ino)
        counts.set(ino, (counts.get(ino) ?? 0) + 1)
        return ino
      },
    ],
    [
      'fs.release',
      ([value]) => {
        const ino = open(value)
        const left = (counts.get(ino) ?? 1) - 1
        counts.set(ino, left)
        if (left === 0) held.delete(ino)
        files.release(ino)
        return undefined
      },
    ],
    ['fs.statInode', ([ino]) => statText(files.statInode(open(ino)))],
    [
      'fs.readInode',
      ([ino, offset, length]) => {
        const left = Math.max(0, files.statInode(open(ino)).sizeBytes - sizeArgument(offset))
        const into = new Uint8Array(Math.min(sizeArgument(length), left))
        return into.subarray(0, files.readInode(open(ino), sizeArgument(offset), into))
      },
    ],
    [
      'fs.writeInode',
      ([ino, offset, bytes]) =>
        files.writeInode(open(ino), sizeArgument(offset), bytesArgument(bytes)),
    ],
    ['fs.resizeInode', ([ino, size]) => files.resizeInode(open(ino), sizeArgument(size))],
    [
      'fs.touchInode',
      ([ino, accessed, modified]) =>
        files.touchInode(open(ino), numberArgument(accessed), numberArgument(modified)),
    ],
  ]
}

const pathOperations = (files: VirtualFiles): [string, HostOperation][] => [
  ['fs.stat', ([path]) => statText(files.stat(pathArgument(path)))],
  ['fs.lstat', ([path]) => statText(files.lstat(pathArgument(path)))],
  ['fs.exists', ([path]) => files.exists(pathArgument(path))],
  [
    'fs.list',
    ([path]) =>
      JSON.stringify(
        files.list(pathArgument(path)).map((entry) => [entry.name, kinds[entry.kind]]),
      ),
  ],
  ['fs.read', ([path]) => files.readFile(pathArgument(path), { maxBytes: maxReadBytes })],
  [
    'fs.write',
    ([path, bytes, mode]) =>
      files.writeFile(pathArgument(path), bytesArgument(bytes), {
        append: mode === 'a' || mode === 'ax',
        exclusive: mode === 'wx' || mode === 'ax',
      }),
  ],
  [
    'fs.makeDirectory',
    ([path, recursive]) =>
      files.makeDirectory(pathArgument(path), { recursive: recursive === true }),
  ],
  ['fs.symlink', ([target, path]) => files.symlink(textArgument(target), pathArgument(path))],
  ['fs.readLink', ([path]) => files.readLink(pathArgument(path))],
  ['fs.link', ([existing, path]) => files.link(pathArgument(existing), pathArgument(path))],
  ['fs.rename', ([from, to]) => files.rename(pathArgument(from), pathArgument(to))],
  [
    'fs.remove',
    ([path, recursive]) => files.remove(pathArgument(path), { recursive: recursive === true }),
  ],
  [
    'fs.copy',
    ([from, to, overwrite, recursive]) =>
      files.copy(pathArgument(from), pathArgument(to), {
        overwrite: overwrite === true,
        recursive: recursive === true,
      }),
  ],
  ['fs.truncate', ([path, size]) => files.truncate(pathArgument(path), sizeArgument(size))],
  [
    'fs.touch',
    ([path, accessed, modified]) =>
      files.touch(pathArgument(path), numberArgument(accessed), numberArgument(modified)),
  ],
]

/** The file system of a program: paths and open inodes of `files`, nothing else. */
export const fileOperations = (files: VirtualFiles): [string, HostOperation][] =>
  [...pathOperations(files), ...inodeOperations(files)].map(([name, perform]) => [
    name,
    guarded(perform),
  ])
