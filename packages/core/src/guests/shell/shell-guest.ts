import type * as JustBash from 'just-bash'
import type { Bash, BashExecResult, CommandName, ScriptNode } from 'just-bash'
import type { VirtualFiles } from '../../files/types.ts'
import { GuestDependencyError } from '../dependency-error.ts'
import type { GuestContext, GuestExit, RunGuest } from '../guest.ts'
import { parseShellCommand, type ShellCommand, type ShellSource } from './command-line.ts'
import { createShellFileSystem } from './file-system.ts'
import { environmentOf } from '../environment.ts'
import { createGuestCommand } from './guest-commands.ts'
import { shellLimits } from './limits.ts'
import { missingCommand, missingName } from './missing-programs.ts'
import { ownCommands } from './own-commands.ts'
import { withProgramFiles } from './program-files.ts'
import { createProgramGuest } from './program-guest.ts'
import { streamedName, streamScript } from './streaming.ts'
import { isProgramPath, programName, resolvePrograms } from './syntax.ts'

/** The programs a shell can start besides its own commands. */
export interface ShellGuestPorts {
  readonly python3?: RunGuest
  readonly node?: RunGuest
}

type Library = typeof JustBash

/** Commands of the library that are not offered: SQLite needs a thread, the interpreters are ours, there is no network. */
const absent = ['sqlite3', 'python3', 'python', 'node', 'js-exec', 'curl']
const pythonNames = ['python3', 'python', 'python3.12']
/** Scripts that start scripts, one within the other. */
const maxNestedShells = 32

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
  /** Starts a file by its first line. */
  readonly #program: RunGuest
  /** Scripts still to be parsed before the one whose output is streamed; below zero when that is done. */
  #scriptsBefore = -1
  #ending: Ending | undefined

  constructor(
    library: Library,
    context: GuestContext,
    ports: ShellGuestPorts & { shell: RunGuest },
  ) {
    this.#context = context
    this.#library = library
    const { python3, node, shell } = ports
    if (python3 !== undefined) for (const name of pythonNames) this.#guests.set(name, python3)
    if (node !== undefined) this.#guests.set('node', node)
    this.#program = createProgramGuest({ interpreters: new Map(this.#guests), shell })
    this.#guests.set(programName, this.#program)
    const commands = library
      .getCommandNames()
      .filter((name): name is CommandName => !absent.includes(name))
    const files = withProgramFiles(createShellFileSystem(context.files), {
      commands: [
        ...commands,
        missingName,
        ...ownCommands.map(({ name }) => name),
        ...[...this.#guests.keys()].flatMap((name) => [name, streamedName(name)]),
      ],
      write: (stream, bytes) => this.#write(stream, bytes),
    })
    this.#bash = new library.Bash({
      fs: files,
      cwd: context.cwd,
      env: environmentOf(context),
      commands,
      customCommands: [...this.#guestCommands()],
      executionLimits: shellLimits(context.memoryLimitBytes),
      // The process around this is locked already; the library's own patches of globals would only slow it down.
      defenseInDepth: false,
    })
    this.#bash.registerTransformPlugin({
      name: 'programs-and-streaming',
      transform: ({ ast }) => ({ ast: this.#rewrite(ast) }),
    })
  }

  *#guestCommands() {
    const ports = { context: this.#context, onEnd: (ending: Ending) => this.#end(ending) }
    const { latin1FromBytes } = this.#library
    yield* ownCommands
    yield missingCommand
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

  /** The outermost script streams; scripts inside it are part of its statements. */
  #rewrite(parsed: ScriptNode): ScriptNode {
    const script = resolvePrograms(parsed)
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
    if (command.kind === 'utility' && isProgramPath(command.name))
      return this.#program({ ...this.#context, argv: ['', command.name, ...command.args] })
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

const say = (context: GuestContext, message: string, exitCode: number): GuestExit => {
  context.write('stderr', encoder.encode(`${message}\n`))
  return { exitCode }
}

const shellAt =
  (ports: ShellGuestPorts, depth: number): RunGuest =>
  async (context) => {
    const command = parseShellCommand(context.argv)
    if (depth > maxNestedShells)
      return say(context, 'bash: fork: retry: Resource temporarily unavailable', 254)
    if (command.kind === 'version') {
      context.write('stdout', encoder.encode('just-bash 3.4.2, a bash written in TypeScript\n'))
      return { exitCode: 0 }
    }
    if (command.kind === 'invalid') return say(context, command.message, 2)
    const shell = shellAt(ports, depth + 1)
    return new ShellRun(await loadLibrary(), context, { ...ports, shell }).run(command)
  }

/**
 * Makes the shell guest: `sh -c`, `bash -c`, `sh file`, a script on standard input, every utility by its name, and
 * every file by its path. It runs in this realm, so whoever calls it with hostile scripts does so in a process that
 * may be killed.
 */
export const createShellGuest = (ports: ShellGuestPorts = {}): RunGuest => shellAt(ports, 0)
