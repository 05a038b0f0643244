import { fromBase64, toBase64 } from '../protocol/base64.ts'
import type {
  Command,
  CommandResults,
  CommandType,
  DirectoryEntry,
  ShellResult,
} from '../protocol/commands.ts'
import { SandboxError } from '../protocol/errors.ts'
import type { SessionExecuteResult } from '../protocol/methods.ts'
import { findSource, SOURCE_LANGUAGES, type Source } from '../protocol/sources.ts'
import type { CallOptions, Calls } from './calls.ts'

/** Input and limits of a program. */
export interface RunOptions {
  /** Wall-clock limit, milliseconds, 1 to 300,000. Default 30,000. */
  readonly timeoutMs?: number
  /** CPU time limit, milliseconds. Default: four times `timeoutMs`. */
  readonly cpuLimitMs?: number
  /** Default `/workspace`. */
  readonly workingDirectory?: string
  readonly env?: Readonly<Record<string, string>>
  /** What the program reads; then end of file. */
  readonly stdin?: string
  /** Takes output as it appears. The result holds all of it, too. */
  readonly onOutput?: (data: string, stream: 'stdout' | 'stderr') => void
  /** Abort stops the program; the call rejects with CANCELLED. */
  readonly signal?: AbortSignal
}

/** How a program ended. `limit` is set when a limit stopped it; `error` then says which, for people. */
export type RunResult = ShellResult & { readonly error: string | null }

/** A session of the server. It outlives the connection; `close` or a time limit ends it. */
export interface SandboxSession extends AsyncDisposable {
  readonly sessionId: string
  readonly language: string
  /** Runs source text in the session's language (Python or JavaScript); it is written to a hidden file first. */
  run(code: string, options?: RunOptions): Promise<RunResult>
  /** Runs a program. A non-zero exit code is a result; rejects with COMMAND_FAILED when it could not be started. */
  exec(program: string, args?: readonly string[], options?: RunOptions): Promise<RunResult>
  /** Rejects with COMMAND_FAILED when the file system refuses; so do all below. */
  writeFile(
    path: string,
    content: string | Uint8Array,
    mode?: 'Create' | 'Append' | 'Overwrite',
  ): Promise<{ readonly path: string; readonly bytes: number }>
  /** Text of a UTF-8 file. */
  readFile(path: string): Promise<string>
  readBytes(path: string): Promise<Uint8Array>
  createDirectory(path: string): Promise<void>
  copyFile(sourcePath: string, destinationPath: string): Promise<void>
  deleteFile(path: string, options?: { readonly recursive?: boolean }): Promise<void>
  listDirectory(path?: string): Promise<readonly DirectoryEntry[]>
  /** Any command, with its envelope as it came. */
  execute(command: Command, options?: CallOptions): Promise<SessionExecuteResult>
  /** Ends the session; one that has ended already is fine. */
  close(): Promise<void>
}

const selectSource = (language: string): Source => {
  const source = findSource(language)
  if (source) return source
  throw new TypeError(
    `run() knows ${SOURCE_LANGUAGES.join(' and ')}; use writeFile() and exec() for ${language}.`,
  )
}

const ENDED: ReadonlySet<string> = new Set(['SESSION_CLOSED', 'SESSION_NOT_FOUND', 'SESSION_LOST'])

const closeSession = async (calls: Calls, sessionId: string): Promise<void> => {
  try {
    await calls.call('session.close', { sessionId })
  } catch (error) {
    if (!(error instanceof SandboxError && ENDED.has(error.code))) throw error
  }
}

const toFailure = (type: CommandType, envelope: SessionExecuteResult): SandboxError =>
  new SandboxError('COMMAND_FAILED', envelope.error ?? `${type} failed.`, {
    details: { command: type, result: envelope.result },
  })

const toExecOptions = ({ signal, onOutput }: RunOptions): CallOptions => ({
  ...(signal ? { signal } : {}),
  ...(onOutput ? { onOutput: ({ data, stream }) => onOutput(data, stream) } : {}),
})

/** Methods for a session whose id is known. */
export const createSessionHandle = (
  calls: Calls,
  identity: { readonly sessionId: string; readonly language: string },
): SandboxSession => {
  const { sessionId, language } = identity
  const execute: SandboxSession['execute'] = (command, options) =>
    calls.call('session.execute', { sessionId, command }, options)

  const perform = async <T extends CommandType>(
    command: Extract<Command, { type: T }>,
  ): Promise<CommandResults[T]> => {
    const envelope = await execute(command)
    if (!envelope.success) throw toFailure(command.type, envelope)
    return envelope.result as CommandResults[T]
  }

  const exec: SandboxSession['exec'] = async (program, args = [], options = {}) => {
    const { signal: _signal, onOutput, ...rest } = options
    const stream = onOutput ? { stream: true } : {}
    const envelope = await execute(
      { type: 'execute_shell', commandName: program, args, ...rest, ...stream },
      toExecOptions(options),
    )
    if (envelope.result === null) throw toFailure('execute_shell', envelope)
    return { ...(envelope.result as ShellResult), error: envelope.error }
  }

  const readBytes = async (path: string): Promise<Uint8Array> =>
    fromBase64((await perform({ type: 'read_file', path, encoding: 'base64' })).content)

  const writeFile: SandboxSession['writeFile'] = (path, content, mode = 'Create') =>
    typeof content === 'string'
      ? perform({ type: 'write_file', path, content, mode })
      : perform({ type: 'write_file', path, content: toBase64(content), mode, encoding: 'base64' })

  const close = (): Promise<void> => closeSession(calls, sessionId)
  return {
    sessionId,
    language,
    execute,
    exec,
    run: async (code, options) => {
      const { path, program } = selectSource(language)
      await writeFile(path, code)
      return exec(program, [path], options)
    },
    writeFile,
    readFile: async (path) => (await perform({ type: 'read_file', path })).content,
    readBytes,
    createDirectory: async (path) => void (await perform({ type: 'create_directory', path })),
    copyFile: async (sourcePath, destinationPath) =>
      void (await perform({ type: 'copy_file', sourcePath, destinationPath })),
    deleteFile: async (path, options = {}) =>
      void (await perform({ type: 'delete_file', path, ...options })),
    listDirectory: async (path = '/workspace') =>
      (await perform({ type: 'list_directory', path })).entries,
    close,
    [Symbol.asyncDispose]: close,
  }
}
