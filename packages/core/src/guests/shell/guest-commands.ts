import type { ByteString, Command, ExecResult } from 'just-bash'
import { OutputLimitError, type GuestContext, type GuestExit, type RunGuest } from '../guest.ts'

/** What the commands of one shell program share. */
export interface GuestCommandPorts {
  readonly context: GuestContext
  /** Called with the first limit or fault that ends the whole shell program. */
  readonly onEnd: (end: { readonly exit: GuestExit } | { readonly error: unknown }) => void
}

export interface GuestCommandOptions {
  /** `latin1FromBytes` of the library. */
  readonly latin1FromBytes: (bytes: ByteString) => string
  /** The name the shell finds it by. */
  readonly name: string
  /** The name the program sees as its own. */
  readonly shownName: string
  readonly run: RunGuest
  /** Output goes straight out instead of into a pipe or file. */
  readonly streams: boolean
}

/** A command of the shell that runs another guest: same files, its own interpreter. */
export const createGuestCommand = (
  options: GuestCommandOptions,
  { context, onEnd }: GuestCommandPorts,
): Command => ({
  name: options.name,
  trusted: true,
  execute: async (args, shell) => {
    const output = { stdout: [] as Uint8Array[], stderr: [] as Uint8Array[] }
    let sizeBytes = 0
    const keep = (stream: 'stdout' | 'stderr', bytes: Uint8Array): void => {
      sizeBytes += bytes.length
      if (sizeBytes > context.memoryLimitBytes)
        throw new OutputLimitError('The command wrote more than fits into memory.')
      output[stream].push(bytes.slice())
    }
    const result = (exitCode: number): ExecResult => ({
      stdout: Buffer.concat(output.stdout).toString('latin1'),
      stdoutKind: 'bytes',
      stderr: Buffer.concat(output.stderr).toString('utf8'),
      exitCode,
    })
    try {
      const exit = await options.run({
        files: context.files,
        memoryLimitBytes: context.memoryLimitBytes,
        argv: [options.shownName, ...args],
        env: { ...shell.exportedEnv, PWD: shell.cwd },
        cwd: shell.cwd,
        stdin: Buffer.from(options.latin1FromBytes(shell.stdin), 'latin1'),
        write: options.streams ? (stream, bytes) => context.write(stream, bytes) : keep,
        now: () => context.now(),
      })
      if (exit.limit !== undefined) onEnd({ exit })
      return result(exit.exitCode)
    } catch (error) {
      onEnd({ error })
      return result(1)
    }
  },
})
