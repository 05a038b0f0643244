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
  readonly tree: VirtualFiles
  /** Runs when no command does, and keeps what was changed before it answers. */
  write<T>(change: () => T): Promise<T>
  /** Runs behind the writes that were asked for before. */
  read<T>(look: () => T): Promise<T>
}

/** The files of a session, answered from the parent's copy without any process. */
export function createSessionFiles(ports: SessionFilesPorts): SessionFiles {
  const { tree } = ports
  return {
    writeFile: (path, bytes, mode) =>
      ports.write(() => {
        makeParents(tree, path)
        tree.writeFile(path, bytes, { append: mode === 'Append' })
        return { bytes: bytes.length }
      }),
    readFile: (path, maxBytes) => ports.read(() => tree.readFile(absolute(path), { maxBytes })),
    createDirectory: (path, options) =>
      ports.write(() => tree.makeDirectory(absolute(path), options)),
    copy: (source, destination, { overwrite }) =>
      ports.write(() => {
        makeParents(tree, destination)
        tree.copy(absolute(source), destination, { overwrite, recursive: true })
      }),
    remove: (path, options) => ports.write(() => tree.remove(absolute(path), options)),
    list: (path) =>
      ports.read(() =>
        tree
          .list(absolute(path))
          .map(({ name }) => toEntry(join(path, name), tree.lstat(join(path, name)))),
      ),
    stat: (path) => ports.read(() => toEntry(path, tree.stat(absolute(path)))),
  }
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
