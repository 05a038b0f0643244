import type { FsStat, IFileSystem } from 'just-bash'
import { streamPaths } from './streaming.ts'

export interface ProgramFilesOptions {
  /** Commands that the shell can run; they appear under /bin and /usr/bin. */
  readonly commands: readonly string[]
  /** Sends output on; what it throws ends the shell. */
  readonly write: (stream: 'stdout' | 'stderr', bytes: Uint8Array) => void
}

const program: FsStat = {
  isFile: true,
  isDirectory: false,
  isSymbolicLink: false,
  mode: 0o755,
  size: 0,
  mtime: new Date(0),
}
const folder: FsStat = { ...program, isFile: false, isDirectory: true }
const folders = new Set(['/bin', '/usr/bin', '/usr', '/dev'])
const devices = new Set(['/dev/null', '/dev/zero', streamPaths.stdout, streamPaths.stderr])

type Text = string | Uint8Array

const bytesOf = (content: Text, encoding: unknown): Uint8Array =>
  typeof content === 'string'
    ? Buffer.from(content, encoding === 'binary' || encoding === 'latin1' ? 'latin1' : 'utf8')
    : content

/**
 * Adds what a Unix system has besides the container's files: /dev/null, the folders of programs, and the two files that
 * stream output. The container's own files come first, except for devices.
 */
export const withProgramFiles = (
  files: IFileSystem,
  { commands, write }: ProgramFilesOptions,
): IFileSystem => {
  const visible = commands.filter((name) => !name.startsWith('.')).toSorted()
  const programs = new Set(commands.flatMap((name) => [`/bin/${name}`, `/usr/bin/${name}`]))
  const own = async (path: string): Promise<FsStat | undefined> => {
    if (devices.has(path)) return program
    if (await files.exists(path)) return undefined
    if (folders.has(path)) return folder
    return programs.has(path) ? program : undefined
  }
  const send = async (path: string, content: Text, encoding: unknown): Promise<boolean> => {
    if (!devices.has(path)) return false
    const bytes = bytesOf(content, encoding)
    if (path === streamPaths.stdout && bytes.length > 0) write('stdout', bytes)
    if (path === streamPaths.stderr && bytes.length > 0) write('stderr', bytes)
    return true
  }
  const names = async (path: string): Promise<string[] | undefined> => {
    if ((await own(path))?.isDirectory !== true) return undefined
    if (path === '/dev') return ['null', 'zero']
    return path === '/usr' ? ['bin'] : visible
  }
  return {
    ...files,
    exists: async (path) => (await own(path)) !== undefined || files.exists(path),
    stat: async (path) => (await own(path)) ?? files.stat(path),
    lstat: async (path) => (await own(path)) ?? files.lstat(path),
    realpath: async (path) => ((await own(path)) === undefined ? files.realpath(path) : path),
    readFile: async (path, options) =>
      (await own(path))?.isFile === true ? '' : files.readFile(path, options),
    readFileBuffer: async (path) =>
      (await own(path))?.isFile === true ? new Uint8Array() : files.readFileBuffer(path),
    readdir: async (path) => (await names(path)) ?? files.readdir(path),
    readdirWithFileTypes: async (path) =>
      (await names(path))?.map((name) => ({
        name,
        isFile: path !== '/usr',
        isDirectory: path === '/usr',
        isSymbolicLink: false,
      })) ??
      (await files.readdirWithFileTypes?.(path)) ??
      [],
    writeFile: async (path, content, options) =>
      (await send(path, content, options)) ? undefined : files.writeFile(path, content, options),
    appendFile: async (path, content, options) =>
      (await send(path, content, options)) ? undefined : files.appendFile(path, content, options),
  }
}
