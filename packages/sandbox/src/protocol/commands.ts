import type { LimitName } from './methods.ts'

/** What every command takes besides its own members. */
export interface CommandLimits {
  /** Accepted for clients that number their commands; has no meaning here. */
  readonly id?: string
  /** Wall-clock limit, milliseconds, 1 to 300,000. Default 30,000. Waiting for other commands of the session does not count. */
  readonly timeoutMs?: number
}

/** Writes a file; folders on the way are created. */
export interface WriteFileCommand extends CommandLimits {
  readonly type: 'write_file'
  /** Relative paths start at `/workspace`. */
  readonly path: string
  readonly content: string
  /** `Create` (default) and `Overwrite` replace an existing file, `Append` adds to it. */
  readonly mode?: 'Create' | 'Append' | 'Overwrite'
  /** How `content` carries bytes. Default `utf-8`. */
  readonly encoding?: 'utf-8' | 'base64'
}

/** Reads a whole file. */
export interface ReadFileCommand extends CommandLimits {
  readonly type: 'read_file'
  readonly path: string
  /** `utf-8` (default) fails on a file that is not text; `base64` reads any file. */
  readonly encoding?: 'utf-8' | 'base64'
}

/** Runs one program; no shell is involved unless the program is one. Alias: `shell` with `command`. */
export interface ExecuteShellCommand extends CommandLimits {
  readonly type: 'execute_shell'
  /** Name or path of the program. */
  readonly commandName: string
  readonly args?: readonly string[]
  /** Default `/workspace`. */
  readonly workingDirectory?: string
  readonly env?: Readonly<Record<string, string>>
  /** What the program reads; then end of file. */
  readonly stdin?: string
  /** How `stdin` carries bytes. Default `utf-8`. */
  readonly stdinEncoding?: 'utf-8' | 'base64'
  /** CPU time limit, milliseconds, 1 to 300,000. Default: four times `timeoutMs`. */
  readonly cpuLimitMs?: number
  /** Sends output as it appears in `session.output` notifications, too. Default false. */
  readonly stream?: boolean
}

/** Creates a folder. Alias: `create_dir`. */
export interface CreateDirectoryCommand extends CommandLimits {
  readonly type: 'create_directory'
  readonly path: string
  /** Creates folders on the way, and accepts one that is already there. Default true. */
  readonly recursive?: boolean
}

/** Copies a file or folder. Aliases: `source`, `destination`. */
export interface CopyFileCommand extends CommandLimits {
  readonly type: 'copy_file'
  readonly sourcePath: string
  readonly destinationPath: string
  /** Default true. */
  readonly overwrite?: boolean
}

/** Deletes a file or folder. */
export interface DeleteFileCommand extends CommandLimits {
  readonly type: 'delete_file'
  readonly path: string
  /** Needed for a folder with something in it. Default false. */
  readonly recursive?: boolean
}

/** Lists a folder. Alias: `list_files`. */
export interface ListDirectoryCommand extends CommandLimits {
  readonly type: 'list_directory'
  /** Default `/workspace`. */
  readonly path?: string
}

/** The seven commands of `session.execute`. @see seeds/sandbox.md, Phase 2 */
export type Command =
  | WriteFileCommand
  | ReadFileCommand
  | ExecuteShellCommand
  | CreateDirectoryCommand
  | CopyFileCommand
  | DeleteFileCommand
  | ListDirectoryCommand

/** Name of a command of `session.execute`. */
export type CommandType = Command['type']

/** One entry of `list_directory`. */
export interface DirectoryEntry {
  readonly name: string
  readonly path: string
  readonly type: 'file' | 'directory' | 'symlink'
  readonly sizeBytes: number
  /** ISO 8601. */
  readonly modifiedAt: string
}

/** How a program ended and what it wrote. */
export interface ShellResult {
  readonly stdout: string
  readonly stderr: string
  /** Null when a limit or a crash ended the program. */
  readonly exitCode: number | null
  readonly durationMs: number
  /** CPU time used, milliseconds. */
  readonly cpuMs: number
  /** Present when a limit ended the program. */
  readonly limit?: LimitName
  /** Present and true when output was cut at the output limit. */
  readonly truncated?: boolean
}

/** Result of each command that succeeded; paths are absolute. */
export interface CommandResults {
  readonly write_file: { readonly path: string; readonly bytes: number }
  readonly read_file: {
    readonly path: string
    readonly content: string
    readonly bytes: number
    readonly encoding: 'utf-8' | 'base64'
  }
  readonly execute_shell: ShellResult
  readonly create_directory: { readonly path: string }
  readonly copy_file: { readonly source: string; readonly destination: string }
  readonly delete_file: { readonly path: string }
  readonly list_directory: { readonly path: string; readonly entries: readonly DirectoryEntry[] }
}
