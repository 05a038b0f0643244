/** What a `python3` command line asks for. */
export type PythonCommand =
  | { readonly kind: 'run'; readonly flags: readonly string[]; readonly program: PythonProgram }
  | { readonly kind: 'version' }
  | { readonly kind: 'help' }
  | { readonly kind: 'invalid'; readonly message: string }

export interface PythonProgram {
  readonly mode: 'file' | 'command' | 'module' | 'stdin'
  /** File, source text or module name; empty for standard input. */
  readonly target: string
  /** `sys.argv`. */
  readonly argv: readonly string[]
}

const usage = `usage: python3 [option] ... [-c cmd | -m mod | file | -] [arg] ...
Try \`python -h' for more information.
`

/** What `python3 -h` prints. */
export const pythonHelp: string = `usage: python3 [option] ... [-c cmd | -m mod | file | -] [arg] ...
Options (and corresponding environment variables):
-B     : don't write .pyc files on import; also PYTHONDONTWRITEBYTECODE=x
-c cmd : program passed in as string (terminates option list)
-E     : ignore PYTHON* environment variables (such as PYTHONPATH)
-h     : print this help message and exit
-I     : isolate Python from the user's environment (implies -E and -s)
-m mod : run library module as a script (terminates option list)
-O     : remove assert and __debug__-dependent statements
-OO    : do -O changes and also discard docstrings
-P     : don't prepend a potentially unsafe path to sys.path
-q     : don't print version and copyright messages on interactive startup
-s     : don't add user site directory to sys.path
-S     : don't imply 'import site' on initialization
-u     : force the stdout and stderr streams to be unbuffered
-V     : print the Python version number and exit
-W arg : warning control; arg is action:message:category:module:lineno
-X opt : set implementation-specific option
file   : program read from script file
-      : program read from stdin
arg ...: arguments passed to program in sys.argv[1:]
`

/** Options that start the interpreter differently. */
const startFlags = 'bdEIOPsSvR'
/** Options that change nothing here: output is never held back, and there is no terminal. */
const quietFlags = 'Bqux'

/** @param args what stands behind `python3` */
export function parsePythonCommand(args: readonly string[]): PythonCommand {
  const flags: string[] = []
  for (let at = 0; at < args.length; at += 1) {
    const arg = args[at] ?? ''
    if (arg === '-' || !arg.startsWith('-'))
      return run(flags, arg === '-' ? 'stdin' : 'file', args.slice(at))
    if (arg === '--version') return { kind: 'version' }
    if (arg === '--help') return { kind: 'help' }
    if (arg.startsWith('--')) return invalid(`unknown option ${arg}`)
    const step = parseCluster(arg, args.slice(at + 1))
    if (step.command !== undefined) return step.command(flags)
    flags.push(...step.flags)
    at += step.taken
  }
  return run(flags, 'stdin', [''])
}

interface Step {
  readonly flags: readonly string[]
  readonly taken: number
  readonly command?: (flags: readonly string[]) => PythonCommand
}

/** One word of joined options, such as `-Bc`. */
function parseCluster(word: string, rest: readonly string[]): Step {
  const flags: string[] = []
  for (let at = 1; at < word.length; at += 1) {
    const letter = word.charAt(at)
    const attached = word.slice(at + 1)
    if (letter === 'V') return { flags, taken: 0, command: () => ({ kind: 'version' }) }
    if (letter === 'h' || letter === '?')
      return { flags, taken: 0, command: () => ({ kind: 'help' }) }
    if (letter === 'c' || letter === 'm') return program(letter, attached, { flags, rest })
    if (letter === 'W' || letter === 'X') {
      const value = attached === '' ? rest[0] : attached
      if (value === undefined) return missing(letter)
      return { flags: [...flags, `-${letter}`, value], taken: attached === '' ? 1 : 0 }
    }
    if (startFlags.includes(letter)) flags.push(`-${letter}`)
    else if (!quietFlags.includes(letter))
      return { flags, taken: 0, command: () => invalid(`Unknown option: -${letter}`) }
  }
  return { flags, taken: 0 }
}

function program(
  letter: 'c' | 'm',
  attached: string,
  given: { flags: readonly string[]; rest: readonly string[] },
): Step {
  const words = attached === '' ? given.rest : [attached, ...given.rest]
  const [target, ...args] = words
  if (target === undefined) return missing(letter)
  const mode = letter === 'c' ? 'command' : 'module'
  const command = (before: readonly string[]): PythonCommand => ({
    kind: 'run',
    flags: [...before, ...given.flags],
    program: {
      mode,
      target: letter === 'c' ? `${target}\n` : target,
      argv: [`-${letter}`, ...args],
    },
  })
  return { flags: given.flags, taken: 0, command }
}

function missing(letter: string): Step {
  return {
    flags: [],
    taken: 0,
    command: () => invalid(`Argument expected for the -${letter} option`),
  }
}

function invalid(message: string): PythonCommand {
  return { kind: 'invalid', message: `${message}\n${usage}` }
}

function run(
  flags: readonly string[],
  mode: 'file' | 'stdin',
  argv: readonly string[],
): PythonCommand {
  return {
    kind: 'run',
    flags,
    program: { mode, target: mode === 'file' ? (argv[0] ?? '') : '', argv },
  }
}
