import type { Command, CommandContext, ExecResult } from 'just-bash'

const done = (stdout: string): ExecResult => ({ stdout, stderr: '', exitCode: 0 })

type Execute = (args: string[], shell: CommandContext) => Promise<ExecResult>

const command = (name: string, execute: Execute): Command => ({ name, trusted: true, execute })

const original = (shell: CommandContext, args: string[]): Promise<ExecResult> =>
  shell.origCommand?.(args) ?? Promise.resolve(done(''))

const exported = ({ exportedEnv = {} }: CommandContext): string =>
  Object.entries(exportedEnv)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('')

/** The library's shows the shell's own variables too. */
const environmentCommand = (name: string): Command =>
  command(name, async (args, shell) =>
    args.length === 0 ? done(exported(shell)) : original(shell, args),
  )

const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ')
const two = (value: number): string => String(value).padStart(2, '0')
const listedDate = (date: Date): string =>
  `${months[date.getUTCMonth()]} ${String(date.getUTCDate()).padStart(2)} ${two(date.getUTCHours())}:${two(date.getUTCMinutes())}`

const row = /^([-dl])(\S{9}.*?)([A-Z][a-z]{2} [ \d]\d \d\d:\d\d) (.+)$/

const hasShebang = (shell: CommandContext, path: string): Promise<boolean> =>
  shell.fs.readFileBuffer(path).then(
    (bytes) => bytes[0] === 0x23 && bytes[1] === 0x21,
    () => false,
  )

interface Listing {
  readonly shell: CommandContext
  /** Keeps the slash behind folders. */
  readonly classify: boolean
}

const polishRow = async (
  line: string,
  folder: string,
  { shell, classify }: Listing,
): Promise<string> => {
  const match = row.exec(line)
  if (match === null) return line
  const [, kind = '', middle = '', date = '', shown = ''] = match
  const name = kind === 'd' && !classify ? shown.replace(/\/$/, '') : shown
  const path = shell.fs.resolvePath(folder, name)
  if (name === '.' || name === '..') {
    const changed = await shell.fs.stat(path).then(
      (stat) => stat.mtime,
      () => new Date(0),
    )
    return `${kind}${middle}${listedDate(changed)} ${name}`
  }
  const mode =
    kind === '-' && (await hasShebang(shell, path))
      ? middle.replace('rw-r--r--', 'rwxr-xr-x')
      : middle
  return `${kind}${mode}${date} ${name}`
}

const flagsOf = (args: readonly string[]): string =>
  args.filter((one) => /^-[A-Za-z0-9]+$/.test(one)).join('')

/** The library's shows no times of `.` and `..`, a slash behind every folder, and no program as one. */
const listCommand = command('ls', async (args, shell) => {
  const result = await original(shell, args)
  const flags = flagsOf(args)
  if (!flags.includes('l')) return result
  const operands = args.filter((one) => !one.startsWith('-'))
  const first = operands.length === 1 ? (operands[0] ?? '.') : '.'
  const isFolder = (path: string): Promise<boolean> =>
    shell.fs.stat(path).then(
      (stat) => stat.isDirectory,
      () => false,
    )
  const start = shell.fs.resolvePath(shell.cwd, first)
  let folder = !flags.includes('d') && (await isFolder(start)) ? start : shell.cwd
  const listing = { shell, classify: /[Fp]/.test(flags) || args.includes('--classify') }
  const lines: string[] = []
  for (const line of result.stdout.split('\n')) {
    if (line.endsWith(':')) folder = shell.fs.resolvePath(shell.cwd, line.slice(0, -1))
    lines.push(await polishRow(line, folder, listing))
  }
  return { ...result, stdout: lines.join('\n') }
})

const unameFields: Readonly<Record<string, string>> = {
  s: 'WASI',
  n: 'localhost',
  r: '0.0.0',
  v: '0.0.0',
  m: 'wasm32',
}

const unameCommand = command('uname', async (args) => {
  const flags = flagsOf(args)
  const wanted = flags.includes('a') ? 'snrvm' : flags === '' ? 's' : flags.replaceAll('-', '')
  const shown = ['s', 'n', 'r', 'v', 'm'].filter((letter) => wanted.includes(letter))
  return done(`${shown.map((letter) => unameFields[letter]).join(' ')}\n`)
})

const idCommand = command('id', async (args) => {
  const flags = flagsOf(args)
  if (!/[ugG]/.test(flags)) return done('uid=1000(user) gid=1000(user) groups=1000(user)\n')
  return done(flags.includes('n') ? 'user\n' : '1000\n')
})

/** Folders that stay: sessions begin in them. */
const kept: ReadonlySet<string> = new Set(['/workspace', '/tmp'])

const empty = async (shell: CommandContext, folder: string): Promise<void> => {
  for (const name of await shell.fs.readdir(folder))
    await shell.fs.rm(`${folder}/${name}`, { recursive: true, force: true })
}

interface Removal {
  readonly rest: string[]
  readonly complaints: string[]
  removed: number
}

const isLink = (shell: CommandContext, path: string): Promise<boolean> =>
  shell.fs.lstat(path).then(
    (stat) => stat.isSymbolicLink,
    () => false,
  )

const removeOperand = async (
  shell: CommandContext,
  operand: string,
  state: Removal,
): Promise<void> => {
  const path = shell.fs.resolvePath(shell.cwd, operand)
  const recursive = /r/i.test(flagsOf(state.rest)) || state.rest.includes('--recursive')
  if (!operand.endsWith('/') && (await isLink(shell, path))) {
    await shell.fs.rm(path)
    state.removed += 1
  } else if (path === '/' && recursive) {
    state.complaints.push(
      "rm: it is dangerous to operate recursively on '/'\nrm: use --no-preserve-root to override this failsafe\n",
    )
  } else if (kept.has(path) && recursive && (await shell.fs.exists(path))) {
    await empty(shell, path)
    state.complaints.push(`rm: cannot remove '${operand}': Device or resource busy\n`)
  } else state.rest.push(operand)
}

/**
 * The library's follows links, and so cannot remove one that leads nowhere, and removes the folders that a session
 * begins in; here those are emptied and stay, as mounted folders do.
 */
const removeCommand = command('rm', async (args, shell) => {
  const end = args.indexOf('--')
  const isOption = (one: string, at: number): boolean =>
    one.startsWith('-') && (end < 0 || at <= end)
  const state: Removal = { rest: args.filter(isOption), complaints: [], removed: 0 }
  const options = state.rest.length
  const operands = args.filter((one, at) => !isOption(one, at))
  for (const operand of operands) await removeOperand(shell, operand, state)
  const isDone = state.rest.length === options && operands.length > 0
  const result = isDone ? done('') : await original(shell, state.rest)
  return state.complaints.length === 0
    ? result
    : { ...result, stderr: state.complaints.join('') + result.stderr, exitCode: 1 }
})

/** The library's takes the values of its options apart from them only: `-n 1`, never `-n1`. */
const argumentsCommand = command('xargs', async (args, shell) => {
  const end = args.findIndex(
    (one, at) => !one.startsWith('-') && !/^-[nIPLsd]$/.test(args[at - 1] ?? ''),
  )
  const options = end < 0 ? args : args.slice(0, end)
  const apart = options.flatMap((one) => {
    const joined = /^(-[nIPLsd])(.+)$/s.exec(one)
    return joined === null ? [one] : [joined[1] ?? '', joined[2] ?? '']
  })
  return original(shell, [...apart, ...args.slice(options.length)])
})

/** Commands in place of the library's, or that it lacks. */
export const ownCommands: readonly Command[] = [
  environmentCommand('env'),
  environmentCommand('printenv'),
  listCommand,
  unameCommand,
  idCommand,
  command('nproc', async () => done('1\n')),
  removeCommand,
  argumentsCommand,
]
