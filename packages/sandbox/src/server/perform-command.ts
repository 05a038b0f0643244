import type { EngineFileEntry, EngineSession } from '../ports.ts'
import { fromBase64, toBase64 } from '../protocol/base64.ts'
import type {
  Command,
  CommandResults,
  CommandType,
  CopyFileCommand,
  CreateDirectoryCommand,
  DeleteFileCommand,
  DirectoryEntry,
  ExecuteShellCommand,
  ListDirectoryCommand,
  ReadFileCommand,
  WriteFileCommand,
} from '../protocol/commands.ts'
import { DEFAULT_TIMEOUT_MS, WORKSPACE } from '../protocol/limits.ts'
import type { LimitName } from '../protocol/methods.ts'
import { findFileFault, refuse } from './file-faults.ts'
import { startShell } from './perform-shell.ts'
import { toLimitMessage, type CommandCaps } from './output.ts'
import { holdsWorkspace, namesFolder, resolvePath } from './paths.ts'

/** How a command ended, before it is timed. */
export interface Outcome {
  readonly success: boolean
  readonly result: unknown
  readonly error: string | null
  readonly limit?: LimitName
}

/** A command that has been started. */
export interface CommandRun {
  /** Rejects with the signal's reason, or with the engine's failure. */
  readonly work: Promise<Outcome>
  /** Milliseconds that the engine has, beyond the command's own time, to stop the command itself. */
  readonly graceMs: number
  /** What to answer when the server stops waiting. */
  stopped(): Outcome
}

export interface CommandContext {
  readonly session: EngineSession
  readonly caps: CommandCaps
  /** Largest file that `read_file` answers. */
  readonly maxReadBytes: number
  readonly signal: AbortSignal
  readonly onOutput: (stream: 'stdout' | 'stderr', text: string) => void
  readonly whenWritable: () => Promise<void>
}

type FileCommand = Exclude<Command, ExecuteShellCommand>

/** What a command answers, or an outcome of its own. */
type Result<T extends CommandType> = Promise<CommandResults[T] | Outcome>

const toBytes = (text: string, encoding: 'utf-8' | 'base64' | undefined): Uint8Array =>
  encoding === 'base64' ? fromBase64(text) : new TextEncoder().encode(text)

const decodeText = (bytes: Uint8Array): string | undefined => {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

const FOLDER_NAMED = 'the path names a folder; leave out what follows the name of the file'

const performWrite = async (
  command: WriteFileCommand,
  { session }: CommandContext,
): Result<'write_file'> => {
  const path = resolvePath(command.path)
  if (namesFolder(command.path)) refuse('EISDIR', FOLDER_NAMED)
  const content = toBytes(command.content, command.encoding)
  const { bytes } = await session.files.writeFile(path, content, command.mode ?? 'Create')
  return { path, bytes }
}

const performRead = async (
  command: ReadFileCommand,
  context: CommandContext,
): Result<'read_file'> => {
  const path = resolvePath(command.path)
  const bytes = await context.session.files.readFile(path, context.maxReadBytes)
  if (command.encoding === 'base64')
    return { path, content: toBase64(bytes), bytes: bytes.length, encoding: 'base64' }
  const content = decodeText(bytes)
  if (content !== undefined) return { path, content, bytes: bytes.length, encoding: 'utf-8' }
  const error = `read_file ${path}: the file is not UTF-8 text; ask for it with "encoding": "base64".`
  return { success: false, result: null, error }
}

const performCreateDirectory = async (
  command: CreateDirectoryCommand,
  { session }: CommandContext,
): Result<'create_directory'> => {
  const path = resolvePath(command.path)
  try {
    await session.files.createDirectory(path, { recursive: command.recursive ?? true })
  } catch (error) {
    const there = await session.files.stat(path).catch(() => undefined)
    if (there && there.type !== 'directory') refuse('EEXIST', `a ${there.type} is already there`)
    throw error
  }
  return { path }
}

const performCopy = async (
  command: CopyFileCommand,
  { session }: CommandContext,
): Result<'copy_file'> => {
  const source = resolvePath(command.sourcePath)
  const destination = resolvePath(command.destinationPath)
  if (namesFolder(command.destinationPath)) {
    const { type } = await session.files.stat(source)
    if (type !== 'directory') refuse('EISDIR', FOLDER_NAMED)
  }
  await session.files.copy(source, destination, { overwrite: command.overwrite ?? true })
  return { source, destination }
}

const performDelete = async (
  command: DeleteFileCommand,
  { session }: CommandContext,
): Result<'delete_file'> => {
  const path = resolvePath(command.path)
  if (holdsWorkspace(path))
    refuse(
      'EPERM',
      `the session works in ${WORKSPACE}, so it cannot be removed; delete what is in it`,
    )
  await session.files.remove(path, { recursive: command.recursive ?? false })
  return { path }
}

const toEntry = (entry: EngineFileEntry): DirectoryEntry => ({
  name: entry.name,
  path: entry.path,
  type: entry.type,
  sizeBytes: entry.sizeBytes,
  modifiedAt: new Date(entry.modifiedAtMs).toISOString(),
})

const performList = async (
  command: ListDirectoryCommand,
  { session }: CommandContext,
): Result<'list_directory'> => {
  const path = resolvePath(command.path ?? WORKSPACE)
  return { path, entries: (await session.files.list(path)).map(toEntry) }
}

const dispatchFile = (
  command: FileCommand,
  context: CommandContext,
): Result<FileCommand['type']> => {
  switch (command.type) {
    case 'write_file':
      return performWrite(command, context)
    case 'read_file':
      return performRead(command, context)
    case 'create_directory':
      return performCreateDirectory(command, context)
    case 'copy_file':
      return performCopy(command, context)
    case 'delete_file':
      return performDelete(command, context)
    case 'list_directory':
      return performList(command, context)
  }
}

const isOutcome = (result: object): result is Outcome => Object.hasOwn(result, 'success')

/** The command with its paths as they were sent. */
const describeSubject = (command: Command): string => {
  if (command.type === 'copy_file')
    return `copy_file ${command.sourcePath} → ${command.destinationPath}`
  if (command.type === 'execute_shell')
    return `execute_shell in ${command.workingDirectory ?? WORKSPACE}`
  return `${command.type} ${command.path ?? WORKSPACE}`
}

const describeFault = (command: Command, error: unknown): Outcome => {
  const fault = findFileFault(error)
  if (!fault) throw error
  const subject = describeSubject(command)
  const limit = fault.limit === undefined ? {} : { limit: fault.limit }
  return {
    success: false,
    result: fault.limit === undefined ? null : limit,
    error: `${subject}: ${fault.reason} (${fault.code}).`,
    ...limit,
  }
}

const performFile = async (command: FileCommand, context: CommandContext): Promise<Outcome> => {
  const result = await dispatchFile(command, context)
  return isOutcome(result) ? result : { success: true, result, error: null }
}

/** Wall-clock limit of a command, milliseconds. */
export const selectTimeoutMs = (command: Command): number => command.timeoutMs ?? DEFAULT_TIMEOUT_MS

/** Starts a command at the engine. What the file system refuses is an outcome; only an engine's failure rejects. */
export const startCommand = (command: Command, context: CommandContext): CommandRun => {
  if (command.type === 'execute_shell') {
    const run = startShell(command, context)
    return { ...run, work: run.work.catch((error: unknown) => describeFault(command, error)) }
  }
  return {
    work: performFile(command, context).catch((error: unknown) => describeFault(command, error)),
    graceMs: 0,
    stopped: () => ({
      success: false,
      result: { limit: 'time' },
      error: toLimitMessage('time', context.caps),
      limit: 'time',
    }),
  }
}
