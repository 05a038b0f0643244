import type * as JustBash from 'just-bash'
import type { Bash, BashExecResult, CommandName, ScriptNode } from 'just-bash'
import type { VirtualFiles } from '../../files/types.ts'
import { GuestDependencyError } from '../dependency-error.ts'
import type { GuestContext, GuestExit, RunGuest } from '../guest.ts'
import { parseShellCommand, type ShellCommand, type ShellSource } from './command-line.ts'
import { createShellFileSystem } from './file-system.ts'
import { createGuestCommand, missingCommand, removeCommand } from './guest-commands.ts'
import { shellLimits } from './limits.ts'
import { withProgramFiles } from './program-files.ts'
import { streamedName, streamScript } from './streaming.ts'

/** The programs a shell can start besides its own commands. */
export interface ShellGuestPorts {
  readonly python3?: RunGuest
  readonly node?: RunGuest
}

type Library = typeof JustBash

/** Commands of the library that are not offered: SQLite needs a thread, the interpreters are ours, there is no network. */
const absent = ['sqlite3', 'python3', 'python', 'node', 'js-exec', 'curl']

const encoder = new TextEncoder()
const decoder = new TextDecoder()

const loadLibrary = async (): Promise<Library> => {
  try {
    return await import('just-bash')
  } catch (cause) {
    throw new GuestDependencyError('just-bash', { cause })
  }
}

/** Why a shell program ends before its script does. */
type Ending = { readonly exit: GuestExit } | { readonly error: unknown }

/** One shell with one program in it. */
class ShellRun {
  readonly #context: GuestContext
  readonly #abort = new AbortController()
  readonly #bash: Bash
  readonly #library: Library
  readonly #guests = new Map<string, RunGuest>()
  /** Scripts still to be parsed before the one whose output is streamed; below zero when that is done. */
  #scriptsBefore = -1
  #ending: Ending | undefined

  constructor(library: Library, context: GuestContext, ports: ShellGuestPorts) {
    this.#context = context
    this.#library = library
    if (ports.python3 !== undefined)
      this.#guests.set('python3', ports.python3).set('python', ports.python3)
    if (ports.node !== undefined) this.#guests.set('node', ports.node)
    const commands = library
      .getCommandNames()
      .filter((name): name is CommandName => !absent.includes(name))
    const files = withProgramFiles(createShellFileSystem(context.files), {
      hidden: absent,
      commands: [
        ...commands,
        ...[...this.#guests.keys()].flatMap((name) => [name, streamedName(name)]),
      ],
      write: (stream, bytes) => this.#write(stream, bytes),
    })
    this.#bash = new library.Bash({
      fs: files,
      cwd: context.cwd,
      env: { HOME: context.cwd, ...context.env },
      commands,
      customCommands: [...this.#guestCommands()],
      executionLimits: shellLimits(context.memoryLimitBytes),
      // The process around this is locked already; the library's own patches of globals would only slow it down.
      defenseInDepth: false,
    })
    this.#bash.registerTransformPlugin({
      name: 'streaming',
      transform: ({ ast }) => ({ ast: this.#stream(ast) }),
    })
  }

  *#guestCommands() {
    const ports = { context: this.#context, onEnd: (ending: Ending) => this.#end(ending) }
    const { latin1FromBytes } = this.#library
    yield removeCommand
    for (const name of absent) yield missingCommand(name)
    for (const [name, run] of this.#guests) {
      yield createGuestCommand(
        { name, shownName: name, run, streams: false, latin1FromBytes },
        ports,
      )
      yield createGuestCommand(
        { name: streamedName(name), shownName: name, run, streams: true, latin1FromBytes },
        ports,
      )
    }
  }

  #end(ending: Ending): void {
    this.#ending ??= ending
    this.#abort.abort()
  }

  #write(stream: 'stdout' | 'stderr', bytes: Uint8Array): void {
    if (this.#ending !== undefined) return
    try {
      this.#context.write(stream, bytes)
    } catch (error) {
      this.#end({ error })
    }
  }

  /** Rewrites the outermost script only; scripts inside it are part of its statements. */
  #stream(script: ScriptNode): ScriptNode {
    this.#scriptsBefore -= 1
    if (this.#scriptsBefore !== -1) return script
    return streamScript(script, { guests: new Set(this.#guests.keys()) })
  }

  async run(command: Exclude<ShellCommand, { kind: 'version' | 'invalid' }>): Promise<GuestExit> {
    const stdin = Buffer.from(this.#context.stdin).toString('latin1')
    const options = {
      rawScript: true,
      stdin,
      stdinKind: 'bytes' as const,
      signal: this.#abort.signal,
    }
    if (command.kind === 'utility') {
      const name = this.#guests.has(command.name) ? streamedName(command.name) : command.name
      return this.#settle(this.#bash.exec(quote(name), { ...options, args: [...command.args] }))
    }
    const text = sourceText(this.#context, command.source)
    if (text === undefined) {
      this.#write('stderr', encoder.encode(`sh: ${command.name}: No such file or directory\n`))
      return { exitCode: 127 }
    }
    const given = command.source.kind === 'stdin' ? { ...options, stdin: '' } : options
    // The library parses the call of `sh` first and the script next.
    this.#scriptsBefore = 1
    const script = this.#bash.exec('sh', {
      ...given,
      args: ['-c', command.settings + text, command.name, ...command.args],
    })
    return this.#settle(script)
  }

  async #settle(running: Promise<BashExecResult>): Promise<GuestExit> {
    const result = await running.catch((error: unknown) => {
      if (this.#ending === undefined) throw error
      return undefined
    })
    if (result !== undefined) {
      const kind =
        result.stdoutKind === 'bytes' || result.stdoutEncoding === 'binary' ? 'latin1' : 'utf8'
      if (result.stdout !== '') this.#write('stdout', Buffer.from(result.stdout, kind))
      if (result.stderr !== '') this.#write('stderr', Buffer.from(result.stderr, 'utf8'))
    }
    const ending = this.#ending
    if (ending === undefined) return { exitCode: result?.exitCode ?? 1 }
    if ('error' in ending) throw ending.error
    return ending.exit
  }
}

const quote = (name: string): string => `'${name.replaceAll("'", `'\\''`)}'`

const readScript = (files: VirtualFiles, path: string): string | undefined => {
  try {
    return decoder.decode(files.readFile(path))
  } catch {
    return undefined
  }
}

const sourceText = (context: GuestContext, source: ShellSource): string | undefined => {
  if (source.kind === 'text') return source.text
  if (source.kind === 'stdin') return decoder.decode(context.stdin)
  return readScript(
    context.files,
    source.path.startsWith('/') ? source.path : `${context.cwd}/${source.path}`,
  )
}

/**
 * Makes the shell guest: `sh -c`, `bash -c`, `sh file`, a script on standard input, and every utility by its name. It
 * runs in this realm, so whoever calls it with hostile scripts does so in a process that may be killed.
 */
export const createShellGuest =
  (ports: ShellGuestPorts = {}): RunGuest =>
  async (context) => {
    const command = parseShellCommand(context.argv)
    if (command.kind === 'version') {
      context.write('stdout', encoder.encode('just-bash 3.4.2, a bash written in TypeScript\n'))
      return { exitCode: 0 }
    }
    if (command.kind === 'invalid') {
      context.write('stderr', encoder.encode(`${command.message}\n`))
      return { exitCode: 2 }
    }
    return new ShellRun(await loadLibrary(), context, ports).run(command)
  }
