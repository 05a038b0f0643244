import type { GuestContext, GuestExit, RunGuest } from '../guest.ts'
import { Refusal } from './bridge.ts'
import { helpText, parseCommandLine, type JavaScriptProgram } from './command-line.ts'
import { loadImage } from './image.ts'
import type { MachineStop } from './machine.ts'
import { joinPath } from './module-files.ts'
import { modulePrefix } from './module-loader.ts'
import { openProgram, spin, startOptions, type Program } from './program.ts'
import { stripTypes, tryStripTypes } from './typescript.ts'

/** The QuickJS-NG that quickjs-wasi 3.6.2 carries. */
export const quickJsVersion = '0.17.0'

export interface JavaScriptGuestOptions {
  /** True ends the running program with the limit `time`; asked often, so it must be quick. Default: never. */
  readonly interrupt?: () => boolean
}

const encoder = new TextEncoder()
const decoder = new TextDecoder()
/** `EvalFlags` of quickjs-wasi. */
const asScript = 0
const asModule = 1

const say = (context: GuestContext, stream: 'stdout' | 'stderr', text: string): void =>
  context.write(stream, encoder.encode(text))

const runModule = (run: Program, name: string, source: string): void => {
  const main = run.machine.evaluate((vm) => vm.evalCode(source, name, asModule))
  run.machine.drain()
  if (main !== undefined) run.main = main
}

const runFile = (run: Program, path: string): void => {
  const { machine, modules } = run
  const format = modules.formatOf(path)
  if (format !== 'module' && machine.ask('runMain', path, format === 'ambiguous') !== 'module')
    return
  const source = modules.source(path)
  runModule(run, path, modulePrefix(path) + (source.startsWith('#!') ? `//${source}` : source))
}

const runText = (
  run: Program,
  code: string,
  options: { print: boolean; module: boolean; name: string },
): void => {
  run.machine.ask('evalGlobals')
  // What is no script is run as a module, as Node does; a mistake in both is reported by the module's parser.
  if (options.module || run.machine.kindOf(code, options.name) !== 'script')
    return runModule(run, options.name, code)
  const value = run.machine.evaluate((vm) => vm.evalCode(code, options.name, asScript))
  if (options.print && value !== undefined) run.machine.ask('print', value)
}

/** Code that is not JavaScript is tried as TypeScript, as Node does. */
const untyped = (run: Program, text: string, name: string): string =>
  run.machine.kindOf(text, name) === undefined ? (tryStripTypes(text, name) ?? text) : text

const begin = (run: Program, program: JavaScriptProgram): void => {
  const { context } = run
  if (program.kind === 'file') {
    const { path } = run.modules.resolve(
      joinPath(context.cwd, program.path),
      context.cwd,
      'require',
    )
    return runFile(run, path)
  }
  const text = program.kind === 'eval' ? program.code : decoder.decode(context.stdin)
  const name = program.kind === 'eval' ? '[eval]' : '[stdin]'
  run.sources.set(name, text)
  const code = program.typescript ? stripTypes(text, name) : untyped(run, text, name)
  runText(run, code, {
    name,
    module: program.module,
    print: program.kind === 'eval' && program.print,
  })
}

/** What cannot be begun ends the program as an error of its own. */
const beginOrRefuse = (run: Program, program: JavaScriptProgram): void => {
  try {
    begin(run, program)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    run.machine.ask('refuse', error.code, error.message)
  }
}

const memoryText = (bytes: number): string =>
  `\nFATAL ERROR: JavaScript heap out of memory (limit ${Math.floor(bytes / 1_048_576)} MiB)\n`

/** Ends the program and says how it ended. */
const finish = (run: Program): GuestExit => {
  const { machine, context } = run
  if (machine.stop === undefined) {
    if (run.main?.promiseState === 0) {
      say(context, 'stderr', 'Warning: Detected unsettled top-level await\n')
      machine.ask('emitExit', 13)
      return { exitCode: 13 }
    }
    const code = machine.ask('emitExit')
    if (machine.stop === undefined) return { exitCode: typeof code === 'number' ? code : 0 }
  }
  const stop: MachineStop | undefined = machine.stop
  if (stop?.kind === 'exit') return { exitCode: stop.code }
  if (stop?.kind === 'fault') throw stop.error
  if (stop?.kind === 'interrupted') return { exitCode: 124, limit: 'time' }
  if (stop?.kind === 'memory') {
    say(context, 'stderr', memoryText(context.memoryLimitBytes))
    return { exitCode: 134, limit: 'memory' }
  }
  say(
    context,
    'stderr',
    `\nFATAL ERROR: the interpreter stopped: ${stop?.kind === 'crash' ? stop.message : 'unknown reason'}\n`,
  )
  return { exitCode: 134 }
}

/**
 * Makes the JavaScript guest: `node file`, `node -e`, `node -p`, `node -`, `node --version` on QuickJS-NG in WebAssembly.
 * An error that nothing caught ends in exit code 1, running out of memory in 134 with the limit `memory`.
 */
export const createJavaScriptGuest =
  (options: JavaScriptGuestOptions = {}): RunGuest =>
  async (context) => {
    const command = parseCommandLine(context.argv.slice(1))
    if (command.kind === 'help') say(context, 'stdout', helpText)
    if (command.kind === 'version')
      say(context, 'stdout', `quickjs-ng ${(await loadImage()).engineVersion}\n`)
    if (command.kind === 'help' || command.kind === 'version') return { exitCode: 0 }
    if (command.kind === 'invalid') {
      say(context, 'stderr', `${command.message}\n`)
      return { exitCode: 9 }
    }
    const run = await openProgram(context, options)
    try {
      const path =
        command.kind === 'file'
          ? [joinPath(context.cwd, command.path)]
          : command.kind === 'stdin'
            ? ['-']
            : []
      run.machine.ask('start', startOptions(run, [...path, ...command.args]))
      beginOrRefuse(run, command)
      await spin(run.machine)
      return finish(run)
    } finally {
      run.machine.close()
    }
  }

/** Runs one `node …` command in an interpreter of its own. */
export const runJavaScript: RunGuest = createJavaScriptGuest()
