/** What the shell is asked to run. */
export type ShellCommand =
  /** One program by its arguments; nothing is parsed. */
  | { readonly kind: 'utility'; readonly name: string; readonly args: readonly string[] }
  | {
      readonly kind: 'script'
      readonly source: ShellSource
      readonly settings: string
      readonly name: string
      readonly args: readonly string[]
    }
  | { readonly kind: 'version' }
  | { readonly kind: 'invalid'; readonly message: string }

export type ShellSource =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'stdin' }

const shells = new Set(['sh', 'bash', 'dash', 'ash'])
/** Flags of `set` that the library has, and flags that change nothing here. */
const settable = 'aefnuvxC'
const idle = 'liBhmpPEH'

interface Flags {
  settings: string[]
  hasText: boolean
  fromStdin: boolean
}

/** Reads one group such as `-ec`; gives back what is wrong with it, or how many arguments it took. */
const readGroup = (flags: Flags, group: string, next: string | undefined): string | number => {
  let taken = 0
  for (const letter of group.slice(1)) {
    if (letter === 'c') flags.hasText = true
    else if (letter === 's') flags.fromStdin = true
    else if (settable.includes(letter)) flags.settings.push(`set ${group[0]}${letter}`)
    else if (letter === 'o') {
      if (next === undefined || !/^[a-z]+$/.test(next))
        return `${group}: option requires an argument`
      flags.settings.push(`set ${group[0]}o ${next}`)
      taken = 1
    } else if (!idle.includes(letter)) return `-${letter}: invalid option`
  }
  return taken
}

const ignoredLong = new Set([
  '--login',
  '--norc',
  '--noprofile',
  '--posix',
  '--restricted',
  '--noediting',
])

const parseScript = (shell: string, argv: readonly string[]): ShellCommand => {
  const flags: Flags = { settings: [], hasText: false, fromStdin: false }
  let at = 0
  for (; at < argv.length; at += 1) {
    const argument = argv[at] ?? ''
    if (argument === '--version') return { kind: 'version' }
    if (ignoredLong.has(argument)) continue
    if (argument === '--' || argument === '-') {
      at += 1
      break
    }
    if (!/^[-+][A-Za-z]/.test(argument)) break
    const taken = readGroup(flags, argument, argv[at + 1])
    if (typeof taken === 'string') return { kind: 'invalid', message: `${shell}: ${taken}` }
    at += taken
  }
  const settings = flags.settings.map((setting) => `${setting}; `).join('')
  const rest = argv.slice(at)
  if (flags.hasText) {
    const [text, name = shell, ...args] = rest
    return text === undefined
      ? { kind: 'invalid', message: `${shell}: -c: option requires an argument` }
      : { kind: 'script', source: { kind: 'text', text }, settings, name, args }
  }
  const [path, ...args] = rest
  if (path === undefined || flags.fromStdin)
    return { kind: 'script', source: { kind: 'stdin' }, settings, name: shell, args: rest }
  return { kind: 'script', source: { kind: 'file', path }, settings, name: path, args }
}

/** Reads a whole command by its arguments: `sh -c …`, `sh file …`, or any utility. */
export const parseShellCommand = ([name = 'sh', ...args]: readonly string[]): ShellCommand => {
  const program = name.replace(/^\/(?:usr\/)?bin\//, '')
  return shells.has(program) ? parseScript(program, args) : { kind: 'utility', name, args }
}
