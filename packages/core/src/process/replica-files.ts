import {
  createVirtualFiles,
  encodeChange,
  restoreFiles,
  type FileChange,
  type FileQuota,
  type VirtualFiles,
  type VirtualFilesOptions,
} from '../files/index.ts'

/** Bytes of changes that are held back at most, so that many small writes go out as one. */
const heldBytes = 256 * 1024
/** A written change is cut into parts of this size. */
const partBytes = 128 * 1024

export interface Replica {
  readonly files: VirtualFiles
  /** Starts over with another tree; inodes that are held open stay so where they exist. */
  replace(quota: FileQuota, snapshot: Uint8Array | undefined): void
  apply(change: FileChange): void
  /** Sends what is held back. */
  flush(): void
}

type System = NonNullable<VirtualFilesOptions['system']>

/**
 * The child's copy of a session's files. Its changes are sent on: names at once, written bytes when a file is closed, before any output
 * or when there are many.
 *
 * @param send takes encoded changes, in order
 */
export function createReplica(options: {
  quota: FileQuota
  system: System
  send(changes: Uint8Array[]): void
}): Replica {
  const held: Uint8Array[] = []
  let heldSize = 0
  let tree = createVirtualFiles({ quota: options.quota, system: options.system })
  const holds = new Map<number, number>()

  const flush = (): void => {
    if (held.length === 0) return
    const changes = held.splice(0)
    heldSize = 0
    options.send(changes)
  }
  const keep = (change: FileChange): void => {
    for (const part of parts(change)) {
      const bytes = encodeChange(part)
      held.push(bytes)
      heldSize += bytes.length
      if (heldSize >= heldBytes) flush()
    }
    if (change.type !== 'written' && change.type !== 'touched') flush()
  }
  tree.onChange(keep)

  const files = forward(() => tree, {
    hold: (ino: number) => {
      tree.hold(ino)
      holds.set(ino, (holds.get(ino) ?? 0) + 1)
    },
    release: (ino: number) => {
      const left = (holds.get(ino) ?? 1) - 1
      if (left === 0) holds.delete(ino)
      else holds.set(ino, left)
      tree.release(ino)
      flush()
    },
  })
  return {
    files,
    replace(quota, snapshot) {
      flush()
      const made = { quota, system: options.system }
      tree = snapshot === undefined ? createVirtualFiles(made) : restoreFiles(snapshot, made)
      for (const [ino, count] of holds) for (let n = 0; n < count; n += 1) tree.hold(ino)
      tree.onChange(keep)
    },
    apply: (change) => tree.apply(change),
    flush,
  }
}

function* parts(change: FileChange): Generator<FileChange> {
  if (change.type !== 'written' || change.bytes.length <= partBytes) {
    yield change
    return
  }
  for (let at = 0; at < change.bytes.length; at += partBytes)
    yield {
      ...change,
      offset: change.offset + at,
      bytes: change.bytes.subarray(at, at + partBytes),
    }
}

const forwarded = [
  'usage',
  'stat',
  'lstat',
  'exists',
  'list',
  'readFile',
  'writeFile',
  'makeDirectory',
  'symlink',
  'readLink',
  'link',
  'rename',
  'remove',
  'copy',
  'truncate',
  'touch',
  'lookup',
  'statInode',
  'readInode',
  'writeInode',
  'resizeInode',
  'touchInode',
  'make',
  'linkInode',
  'unlink',
  'renameEntry',
  'listInode',
  'readLinkInode',
  'hold',
  'release',
  'onChange',
  'apply',
  'snapshot',
] as const satisfies readonly (keyof VirtualFiles)[]

/** A tree whose calls go to the tree of the moment. */
function forward(
  current: () => VirtualFiles,
  own: Pick<VirtualFiles, 'hold' | 'release'>,
): VirtualFiles {
  const methods = forwarded.map(
    (name) =>
      [
        name,
        (...args: never[]) => (current()[name] as (...given: never[]) => unknown)(...args),
      ] as const,
  )
  const files = { ...Object.fromEntries(methods), ...own }
  return Object.defineProperty(files, 'quota', {
    get: () => current().quota,
  }) as unknown as VirtualFiles
}
