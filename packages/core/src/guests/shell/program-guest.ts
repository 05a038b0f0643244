import type { GuestContext, GuestExit, RunGuest } from '../guest.ts'

export interface ProgramPorts {
  /** The interpreters by their names; a name that is not here has none. */
  readonly interpreters: ReadonlyMap<string, RunGuest>
  readonly shell: RunGuest
}

const encoder = new TextEncoder()
const decoder = new TextDecoder()
const shells: ReadonlySet<string> = new Set(['sh', 'bash', 'dash', 'ash'])
/** Longest first line that is looked at, bytes. */
const maxLineBytes = 256

interface Shebang {
  readonly path: string
  readonly name: string
  readonly args: readonly string[]
}

/** Reads `#!/usr/bin/env -S node --flag`, `#!/usr/bin/python3 -u` and the like; undefined without one. */
const readShebang = (head: string): Shebang | undefined => {
  const line = /^#!\s*(\S+)[ \t]*([^\n\r]*)/.exec(head)
  if (line === null) return undefined
  const [, path = '', rest = ''] = line
  const words = rest.split(/\s+/).filter((one) => one !== '')
  const nameOf = (program: string): string => program.slice(program.lastIndexOf('/') + 1)
  if (nameOf(path) !== 'env') return { path, name: nameOf(path), args: words }
  const [program = '', ...args] = words[0] === '-S' ? words.slice(1) : words
  return { path, name: nameOf(program), args }
}

const fail = (context: GuestContext, message: string, exitCode: number): GuestExit => {
  context.write('stderr', encoder.encode(`${message}\n`))
  return { exitCode }
}

const kindOf = (context: GuestContext, path: string): 'file' | 'directory' | 'none' => {
  try {
    return context.files.stat(path).kind === 'directory' ? 'directory' : 'file'
  } catch {
    return 'none'
  }
}

/**
 * Makes the guest behind programs that are named by their path: `argv[1]` is started by the interpreter that its first
 * line names, or by the shell. Files carry no modes, so every file may be started.
 */
export const createProgramGuest =
  ({ interpreters, shell }: ProgramPorts): RunGuest =>
  async (context) => {
    const [, name = '', ...args] = context.argv
    const path = name.startsWith('/') ? name : `${context.cwd}/${name}`
    const kind = kindOf(context, path)
    if (kind === 'none') return fail(context, `bash: ${name}: No such file or directory`, 127)
    if (kind === 'directory') return fail(context, `bash: ${name}: Is a directory`, 126)
    const head = context.files.readFile(path).subarray(0, maxLineBytes)
    if (head.includes(0))
      return fail(context, `bash: ${name}: cannot execute binary file: Exec format error`, 126)
    const shebang = readShebang(decoder.decode(head))
    const start = (guest: RunGuest, argv: readonly string[]): Promise<GuestExit> =>
      guest({
        ...context,
        argv,
        write: (stream, bytes) => context.write(stream, bytes),
        now: () => context.now(),
      })
    if (shebang === undefined || shells.has(shebang.name))
      return start(shell, ['bash', ...(shebang?.args ?? []), name, ...args])
    const interpreter = interpreters.get(shebang.name)
    if (interpreter !== undefined)
      return start(interpreter, [shebang.name, ...shebang.args, name, ...args])
    return shebang.path.endsWith('/env')
      ? fail(context, `/usr/bin/env: '${shebang.name}': No such file or directory`, 127)
      : fail(
          context,
          `bash: ${name}: ${shebang.path}: bad interpreter: No such file or directory`,
          126,
        )
  }
