import type { EngineSession } from '../ports.ts'
import { fromBase64, toBase64 } from '../protocol/base64.ts'
import type {
  Command,
  CommandResults,
  CommandType,
  ExecuteShellCommand,
} from '../protocol/commands.ts'
import { DEFAULT_TIMEOUT_MS, WORKSPACE } from '../protocol/limits.ts'
import type { LimitName } from '../protocol/methods.ts'
import { findFileFault } from './file-faults.ts'
import { startShell } from './perform-shell.ts'
import { toLimitMessage, type CommandCaps } from './output.ts'
import { resolvePath } from './paths.ts'

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

type Performers = {
  readonly [T in FileCommand['type']]: (
    command: Extract<FileCommand, { type: T }>,
    context: CommandContext,
  ) => Promise<CommandResults[T] | Outcome>
}

const toBytes = (text: string, encoding: 'utf-8' | 'base64' | undefined): Uint8Array =>
  encoding === 'base64' ? fromBase64(text) : new TextEncoder().encode(text)

const decodeText = (bytes: Uint8Array): string | undefined => {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

const PERFORMERS: Performers = {
  write_file: async (command, { session }) => {
    const path = resolvePath(command.path)
    const { bytes } = await session.files.writeFile(
      path,
      toBytes(command.content, command.encoding),
      command.mode ?? 'Create',
    )
    return { path, bytes }
  },
  read_file: async (command, { session, maxReadBytes }) => {
    const path = resolvePath(command.path)
    const bytes = await session.files.readFile(path, maxReadBytes)
    if (command.encoding === 'base64')
      return { path, content: toBase64(bytes), bytes: bytes.length, encoding: 'base64' }
    const content = decodeText(bytes)
    if (content !== undefined) return { path, content, bytes: bytes.length, encoding: 'utf-8' }
    const error = `read_file ${path}: the file is not UTF-8 text; ask for it with "encoding": "base64".`
    return { success: false, result: null, error }
  },
  create_directory: async (command, { session }) => {
    const path = resolvePath(command.path)
    await session.files.createDirectory(path, { recursive: command.recursive ?? true })
    return { path }
  },
  copy_file: async (command, { session }) => {
    const source = resolvePath(command.sourcePath)
    const destination = resolvePath(command.destinationPath)
    await session.files.copy(source, destination, { overwrite: command.overwrite ?? true })
    return { source, destination }
  },
  delete_file: async (command, { session }) => {
    const path = resolvePath(command.path)
    await session.files.remove(path, { recursive: command.recursive ?? false })
    return { path }
  },
  list_directory: async (command, { session }) => {
    const path = resolvePath(command.path ?? WORKSPACE)
    const entries = await session.files.list(path)
    return {
      path,
      entries: entries.map((entry) => ({
        name: entry.name,
        path: entry.path,
        type: entry.type,
        sizeBytes: entry.sizeBytes,
        modifiedAt: new Date(entry.modifiedAtMs).toISOString(),
      })),
    }
  },
}

const isOutcome = (result: object): result is Outcome => Object.hasOwn(result, 'success')

const describeFault = (command: Command, error: unknown): Outcome => {
  const fault = findFileFault(error)
  if (!fault) throw error
  const path =
    'path' in command
      ? command.path
      : 'sourcePath' in command
        ? `${command.sourcePath} → ${command.destinationPath}`
        : undefined
  const subject = path === undefined ? command.type : `${command.type} ${path}`
  const limit = fault.limit === undefined ? {} : { limit: fault.limit }
  return {
    success: false,
    result: fault.limit === undefined ? null : limit,
    error: `${subject}: ${fault.reason} (${fault.code}).`,
    ...limit,
  }
}

const performFile = async (command: FileCommand, context: CommandContext): Promise<Outcome> => {
  const perform = PERFORMERS[command.type] as (
    command: FileCommand,
    context: CommandContext,
  ) => Promise<CommandResults[CommandType] | Outcome>
  const result = await perform(command, context)
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
