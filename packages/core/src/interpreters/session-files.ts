import { FilesError, type FileStat, type VirtualFiles } from '../files/index.ts'

/** Kind, size and time of one file or folder. */
export interface SessionFileEntry {
  /** Absolute path. */
  readonly path: string
  readonly name: string
  readonly type: 'file' | 'directory' | 'symlink'
  readonly sizeBytes: number
  readonly modifiedAtMs: number
}

/** Files of one session. Paths are absolute; failures are `FilesError`s with a POSIX name as `code`. */
export interface SessionFiles {
  /** `Create` and `Overwrite` replace an existing file, `Append` adds to it; parents are created. */
  writeFile(
    path: string,
    bytes: Uint8Array,
    mode: 'Create' | 'Append' | 'Overwrite',
  ): Promise<{ bytes: number }>
  /** Rejects with `EFBIG` when the file is larger than `maxBytes`. */
  readFile(path: string, maxBytes: number): Promise<Uint8Array>
  createDirectory(path: string, options: { recursive: boolean }): Promise<void>
  copy(source: string, destination: string, options: { overwrite: boolean }): Promise<void>
  remove(path: string, options: { recursive: boolean }): Promise<void>
  list(path: string): Promise<readonly SessionFileEntry[]>
  stat(path: string): Promise<SessionFileEntry>
}

export interface SessionFilesPorts {
  /** Runs when no command does and, where it adds something, there is memory for that; keeps what was changed before it answers. */
  readonly write: <T>(
    change: (tree: VirtualFiles) => T,
    addedBytes?: (tree: VirtualFiles) => number,
  ) => Promise<T>
  /** Runs behind the writes that were asked for before. */
  readonly read: <T>(look: (tree: VirtualFiles) => T) => Promise<T>
}

/** The files of a session, answered from the parent's copy without any process. */
export function createSessionFiles({ write, read }: SessionFilesPorts): SessionFiles {
  const nothing = (): number => 0
  return {
    writeFile: (path, bytes, mode) =>
      write(
        (tree) => {
          makeParents(tree, path)
          tree.writeFile(path, bytes, { append: mode === 'Append' })
          return { bytes: bytes.length }
        },
        () => bytes.length,
      ),
    readFile: (path, maxBytes) => read((tree) => tree.readFile(absolute(path), { maxBytes })),
    createDirectory: (path, options) =>
      write((tree) => tree.makeDirectory(absolute(path), options), nothing),
    copy: (source, destination, { overwrite }) =>
      write(
        (tree) => {
          makeParents(tree, destination)
          tree.copy(absolute(source), destination, { overwrite, recursive: true })
        },
        (tree) => sizeOf(tree, absolute(source)),
      ),
    remove: (path, options) => write((tree) => remove(tree, absolute(path), options)),
    list: (path) =>
      read((tree) =>
        tree
          .list(absolute(path))
          .map(({ name }) => toEntry(join(path, name), tree.lstat(join(path, name)))),
      ),
    stat: (path) => read((tree) => toEntry(path, tree.stat(absolute(path)))),
  }
}

/** The folder that every session works in. */
const workspace = '/workspace'

/** Puts the workspace back where a program took it away, so that the next one has a folder to start in. */
export function keepWorkspace(tree: VirtualFiles): void {
  if (!tree.exists(workspace)) tree.makeDirectory(workspace)
}

/** By whatever way a path leads to it, the workspace stays. */
function remove(tree: VirtualFiles, path: string, options: { recursive: boolean }): void {
  const { ino } = tree.lstat(path)
  if (ino === tree.lstat('/').ino || ino === tree.lstat(workspace).ino)
    throw new FilesError('EPERM', path, 'the workspace itself cannot be removed')
  tree.remove(path, options)
}

/** Bytes of a file, or of all files in a folder. A copy follows the link that it is asked for, and copies those below as they are. */
function sizeOf(tree: VirtualFiles, path: string, stat: FileStat = tree.stat(path)): number {
  const { kind, sizeBytes } = stat
  if (kind !== 'directory') return sizeBytes
  return tree.list(path).reduce((sum, { name }) => {
    const below = join(path, name)
    return sum + sizeOf(tree, below, tree.lstat(below))
  }, 0)
}

function absolute(path: string): string {
  if (!path.startsWith('/')) throw new FilesError('EINVAL', path, 'the path is not absolute')
  return path
}

function makeParents(tree: VirtualFiles, path: string): void {
  const parent = absolute(path).replace(/\/+[^/]*\/*$/, '')
  if (parent !== '') tree.makeDirectory(parent, { recursive: true })
}

function join(folder: string, name: string): string {
  return folder.endsWith('/') ? folder + name : `${folder}/${name}`
}

function toEntry(path: string, stat: FileStat): SessionFileEntry {
  const name = path.split('/').findLast((part) => part !== '') ?? '/'
  return { path, name, type: stat.kind, sizeBytes: stat.sizeBytes, modifiedAtMs: stat.modifiedAtMs }
}
