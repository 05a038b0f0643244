import type { FsStat, IFileSystem } from 'just-bash'
import type { FileStat, VirtualFiles } from '../../files/types.ts'

type Content = string | Uint8Array

const texts: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or directory',
  EEXIST: 'file already exists',
  ENOTDIR: 'not a directory',
  EISDIR: 'illegal operation on a directory',
  ENOTEMPTY: 'directory not empty',
  ELOOP: 'too many levels of symbolic links',
  ENAMETOOLONG: 'file name too long',
  EINVAL: 'invalid argument',
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EROFS: 'read-only file system',
  EXDEV: 'invalid cross-device link',
  EMLINK: 'too many links',
  EFBIG: 'file too large',
  EDQUOT: 'disk quota exceeded',
  ENOSPC: 'no space left on device',
}

/** An error in the words that the library's commands look for. */
const nodeError = (error: unknown, syscall: string, path: string): Error => {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'EINVAL'
  return Object.assign(
    new Error(`${code}: ${texts[code] ?? 'invalid argument'}, ${syscall} '${path}'`, {
      cause: error,
    }),
    { code, syscall, path },
  )
}

/** What a redirection into a folder that is not there prints: the library shows the message as it is. */
const writing = async <T>(path: string, run: () => T): Promise<T> => {
  try {
    return run()
  } catch (error) {
    const made = nodeError(error, 'open', path)
    if ('code' in made && made.code === 'ENOENT')
      made.message = `bash: ${path}: No such file or directory`
    throw made
  }
}

const toBytes = (content: Content, encoding: string | undefined): Uint8Array => {
  if (typeof content !== 'string') return content
  return Buffer.from(content, encoding === undefined ? 'utf8' : (encoding as BufferEncoding))
}

const encodingOf = (
  options: { encoding?: string | null } | string | undefined,
): string | undefined => (typeof options === 'string' ? options : options?.encoding) ?? undefined

/** Files carry no modes: everything may be read, written and executed. */
const everyoneMode = 0o755

const toStat = (stat: FileStat): FsStat => ({
  isFile: stat.kind === 'file',
  isDirectory: stat.kind === 'directory',
  isSymbolicLink: stat.kind === 'symlink',
  mode: everyoneMode,
  size: stat.sizeBytes,
  mtime: new Date(stat.modifiedAtMs),
  dev: 1,
  ino: stat.ino,
})

const squeeze = (path: string): string => {
  const kept: string[] = []
  for (const part of path.split('/')) {
    if (part === '..') kept.pop()
    else if (part !== '' && part !== '.') kept.push(part)
  }
  return `/${kept.join('/')}`
}

/** The real path of `path`: every symlink followed, as `realpath` gives it. */
const realPath = (files: VirtualFiles, path: string): string => {
  const left = path.split('/').filter((part) => part !== '')
  let at = ''
  for (let links = 0; left.length > 0;) {
    const part = left.shift() ?? ''
    if (part === '.' || part === '..') {
      at = part === '..' ? at.slice(0, Math.max(0, at.lastIndexOf('/'))) : at
      continue
    }
    const next = `${at}/${part}`
    if (files.lstat(next).kind !== 'symlink') {
      at = next
      continue
    }
    if ((links += 1) > 40)
      throw Object.assign(new Error('too many symbolic links'), { code: 'ELOOP' })
    const target = files.readLink(next)
    if (target.startsWith('/')) at = ''
    left.unshift(...target.split('/').filter((one) => one !== ''))
  }
  return at === '' ? '/' : at
}

const guarded = async <T>(syscall: string, path: string, run: () => T): Promise<T> => {
  try {
    return run()
  } catch (error) {
    throw nodeError(error, syscall, path)
  }
}

const makeDirectory = (files: VirtualFiles, path: string, recursive: boolean): void => {
  if (recursive && files.exists(path) && files.stat(path).kind === 'directory') return
  files.makeDirectory(path, { recursive })
}

const remove = (
  files: VirtualFiles,
  path: string,
  options: { recursive?: boolean; force?: boolean } = {},
): void => {
  try {
    files.lstat(path)
  } catch (error) {
    if (options.force === true) return
    throw error
  }
  files.remove(path, { recursive: options.recursive === true })
}

/** The library's file system over the files of one container. Nothing is copied or kept. */
export const createShellFileSystem = (files: VirtualFiles): IFileSystem => {
  return {
    readFile: (path, options) =>
      guarded('open', path, () =>
        Buffer.from(files.readFile(path)).toString(
          (encodingOf(options) ?? 'utf8') as BufferEncoding,
        ),
      ),
    readFileBuffer: (path) => guarded('open', path, () => files.readFile(path)),
    writeFile: (path, content, options) =>
      writing(path, () => files.writeFile(path, toBytes(content, encodingOf(options)))),
    appendFile: (path, content, options) =>
      writing(path, () =>
        files.writeFile(path, toBytes(content, encodingOf(options)), { append: true }),
      ),
    exists: async (path) => files.exists(path),
    stat: (path) => guarded('stat', path, () => toStat(files.stat(path))),
    lstat: (path) => guarded('lstat', path, () => toStat(files.lstat(path))),
    mkdir: (path, options) =>
      guarded('mkdir', path, () => makeDirectory(files, path, options?.recursive === true)),
    readdir: (path) => guarded('scandir', path, () => files.list(path).map((entry) => entry.name)),
    readdirWithFileTypes: (path) =>
      guarded('scandir', path, () =>
        files.list(path).map(({ name, kind }) => ({
          name,
          isFile: kind === 'file',
          isDirectory: kind === 'directory',
          isSymbolicLink: kind === 'symlink',
        })),
      ),
    rm: (path, options) => guarded('rm', path, () => remove(files, path, options)),
    cp: (from, to, options) =>
      guarded('cp', from, () =>
        files.copy(from, to, { overwrite: true, recursive: options?.recursive === true }),
      ),
    mv: (from, to) => guarded('rename', from, () => files.rename(from, to)),
    resolvePath: (base, path) => squeeze(path.startsWith('/') ? path : `${base}/${path}`),
    // Globs fall back to listing folders.
    getAllPaths: () => [],
    chmod: (path) => guarded('chmod', path, () => void files.stat(path)),
    symlink: (target, path) => guarded('symlink', path, () => files.symlink(target, path)),
    link: (existing, path) => guarded('link', existing, () => files.link(existing, path)),
    readlink: (path) => guarded('readlink', path, () => files.readLink(path)),
    realpath: (path) => guarded('realpath', path, () => realPath(files, path)),
    utimes: (path, accessed, modified) =>
      guarded('utime', path, () => files.touch(path, accessed.getTime(), modified.getTime())),
  }
}
