/** What one `node …` command asks for. */
export type JavaScriptCommand =
  | { readonly kind: 'version' }
  | { readonly kind: 'help' }
  | { readonly kind: 'invalid'; readonly message: string }
  | (JavaScriptProgram & { readonly args: readonly string[] })

/** Where the program's text comes from. */
export type JavaScriptProgram =
  | { readonly kind: 'file'; readonly path: string }
  | {
      readonly kind: 'eval'
      readonly code: string
      readonly print: boolean
      readonly module: boolean
      readonly typescript: boolean
    }
  | { readonly kind: 'stdin'; readonly module: boolean; readonly typescript: boolean }

export const helpText = `Usage: node [options] [ script.js ] [arguments]
       node [options] -e "code" [arguments]
       node -  (program on standard input)

Options:
  -e, --eval <code>          run code
  -p, --print <code>         run code and print its value
  --input-type <type>        commonjs, module, commonjs-typescript or module-typescript for -e and standard input
  -v, --version              print the version
  -h, --help                 print this text

The interpreter is QuickJS-NG in WebAssembly with Node's module system, fs, path, util, events, assert, buffer, url,
crypto, timers and readline over the files of this container. There is no network and no other process.
`

interface Flags {
  code?: string
  print: boolean
  inputType: string
}

const withValue = new Set(['-e', '--eval', '-p', '--print', '-pe', '--input-type'])
/** Options of Node that change nothing here. */
const ignored =
  /^--(?:no-warnings|enable-source-maps|experimental-[a-z-]+|trace-(?:warnings|uncaught|deprecation)|no-deprecation|unhandled-rejections=(?:strict|throw)|disable-warning=.*|no-experimental-[a-z-]+|harmony[a-z-]*)$/

const take = (flags: Flags, name: string, value: string): string | undefined => {
  if (name === '-e' || name === '--eval') flags.code = value
  else if (name === '-p' || name === '--print' || name === '-pe')
    Object.assign(flags, { code: value, print: true })
  else if (name === '--input-type') flags.inputType = value
  else return `node: bad option: ${name}`
  return undefined
}

const programOf = (flags: Flags, script: string | undefined): JavaScriptProgram => {
  const module = flags.inputType.startsWith('module')
  const typescript = flags.inputType.endsWith('typescript')
  if (flags.code !== undefined)
    return { kind: 'eval', code: flags.code, print: flags.print, module, typescript }
  if (script === undefined || script === '-') return { kind: 'stdin', module, typescript }
  return { kind: 'file', path: script }
}

const inputTypes = new Set(['', 'commonjs', 'module', 'commonjs-typescript', 'module-typescript'])

/** Reads the arguments after `node`. */
export const parseCommandLine = (argv: readonly string[]): JavaScriptCommand => {
  const flags: Flags = { print: false, inputType: '' }
  let at = 0
  for (; at < argv.length; at += 1) {
    const argument = argv[at] ?? ''
    if (argument === '--') {
      at += 1
      break
    }
    if (argument === '-' || !argument.startsWith('-')) break
    if (argument === '-v' || argument === '--version') return { kind: 'version' }
    if (argument === '-h' || argument === '--help') return { kind: 'help' }
    if (ignored.test(argument)) continue
    const [name = '', inline] =
      argument.startsWith('--') && argument.includes('=') ? split(argument) : [argument]
    if (!withValue.has(name)) return { kind: 'invalid', message: `node: bad option: ${argument}` }
    const value = inline ?? argv[(at += 1)]
    if (value === undefined)
      return { kind: 'invalid', message: `node: ${name} requires an argument` }
    const wrong = take(flags, name, value)
    if (wrong !== undefined) return { kind: 'invalid', message: wrong }
  }
  if (!inputTypes.has(flags.inputType))
    return {
      kind: 'invalid',
      message: `node: --input-type must be "commonjs", "module", "commonjs-typescript" or "module-typescript"`,
    }
  const program = programOf(flags, flags.code === undefined ? argv[at] : undefined)
  const args = argv.slice(flags.code === undefined ? at + 1 : at)
  return { ...program, args }
}

const split = (argument: string): [string, string] => {
  const at = argument.indexOf('=')
  return [argument.slice(0, at), argument.slice(at + 1)]
}
