import type { JSValueHandle } from 'quickjs-wasi'
import { getRandomValues } from 'node:crypto'
import type { GuestContext, GuestExit, RunGuest } from '../guest.ts'
import { Refusal } from './bridge.ts'
import { helpText, parseCommandLine, type JavaScriptProgram } from './command-line.ts'
import { loadImage, type JavaScriptImage } from './image.ts'
import { openMachine, type Machine, type MachineStop } from './machine.ts'
import { createModuleFiles, joinPath, type ModuleFiles } from './module-files.ts'
import { createModuleLoader, modulePrefix } from './module-loader.ts'
import { createOperations } from './operations.ts'
import { stripTypes } from './typescript.ts'

export interface JavaScriptGuestOptions {
  /** True ends the running program with the limit `time`; asked often, so it must be quick. Default: never. */
  readonly interrupt?: () => boolean
}

const encoder = new TextEncoder()
const decoder = new TextDecoder()
/** `EvalFlags` of quickjs-wasi. */
const asScript = 0
const asModule = 1

/** One program on its way: what its parts share. */
interface Run {
  readonly context: GuestContext
  readonly image: JavaScriptImage
  readonly machine: Machine
  readonly modules: ModuleFiles
  readonly sources: Map<string, string>
  /** The promise of the main module, when it is an ES module. */
  main?: JSValueHandle
}

const say = (context: GuestContext, stream: 'stdout' | 'stderr', text: string): void => context.write(stream, encoder.encode(text))

const seed = (): number[] => [...getRandomValues(new Uint32Array(4))]

const versionOf = (image: JavaScriptImage): string => `quickjs-ng ${image.engineVersion}`

const startOptions = ({ context, image }: Pick<Run, 'context' | 'image'>, argv: readonly string[], execArgv: readonly string[]): string =>
  JSON.stringify({
    argv: ['/usr/bin/node', ...argv],
    execPath: '/usr/bin/node',
    execArgv,
    cwd: context.cwd,
    env: context.env,
    version: `v${image.engineVersion}-quickjs-ng`,
    versions: { 'quickjs-ng': image.engineVersion },
    seed: seed(),
  })

const runModule = (run: Run, name: string, source: string): void => {
  const main = run.machine.evaluate((vm) => vm.evalCode(source, name, asModule))
  run.machine.drain()
  if (main !== undefined) run.main = main
}

const runFile = (run: Run, path: string): void => {
  const { machine, modules } = run
  const format = modules.formatOf(path)
  if (format !== 'module' && machine.ask('runMain', path, format === 'ambiguous') !== 'module') return
  const source = modules.source(path)
  runModule(run, path, modulePrefix(path) + (source.startsWith('#!') ? `//${source}` : source))
}

const runText = (run: Run, code: string, options: { print: boolean; module: boolean; name: string }): void => {
  run.sources.set(options.name, code)
  run.machine.ask('evalGlobals')
  // What is no script is run as a module, as Node does; a mistake in both is reported by the module's parser.
  if (options.module || !run.machine.parses(code, options.name)) return runModule(run, options.name, code)
  const value = run.machine.evaluate((vm) => vm.evalCode(code, options.name, asScript))
  if (options.print && value !== undefined) run.machine.ask('print', value)
}

const begin = (run: Run, program: JavaScriptProgram): void => {
  const { context } = run
  if (program.kind === 'file') {
    const { path } = run.modules.resolve(joinPath(context.cwd, program.path), context.cwd, 'require')
    return runFile(run, path)
  }
  const text = program.kind === 'eval' ? program.code : decoder.decode(context.stdin)
  const name = program.kind === 'eval' ? '[eval]' : '[stdin]'
  const code = program.typescript ? stripTypes(text, name) : text
  runText(run, code, { name, module: program.module, print: program.kind === 'eval' && program.print })
}

const sleep = (milliseconds: number): Promise<void> => new Promise((resolve) => { setTimeout(resolve, Math.min(milliseconds, 2_147_483_647)) })

/** Turns the event loop until the program has nothing left to do or has to end. */
const spin = async (machine: Machine): Promise<void> => {
  for (;;) {
    machine.drain()
    if (machine.stop !== undefined) return
    const wait = machine.ask('turn')
    machine.drain()
    if (machine.stop !== undefined || typeof wait !== 'number') return
    if (wait > 0) await sleep(wait)
    else if (wait < 0 && machine.ask('idle') !== true) return
  }
}

const memoryText = (bytes: number): string => `\nFATAL ERROR: JavaScript heap out of memory (limit ${Math.floor(bytes / 1_048_576)} MiB)\n`

/** Ends the program and says how it ended. */
const finish = (run: Run): GuestExit => {
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
  say(context, 'stderr', `\nFATAL ERROR: the interpreter stopped: ${stop?.kind === 'crash' ? stop.message : 'unknown reason'}\n`)
  return { exitCode: 134 }
}

const openRun = async (context: GuestContext, options: JavaScriptGuestOptions): Promise<Run> => {
  const image = await loadImage()
  const modules = createModuleFiles(context.files)
  const sources = new Map<string, string>()
  const machine = await openMachine(image, {
    memoryLimitBytes: context.memoryLimitBytes,
    interrupt: options.interrupt,
    now: () => context.now(),
    loader: createModuleLoader({ modules, builtins: image.builtins, folder: context.cwd }),
    operations: (opened) =>
      createOperations({
        files: context.files,
        stdin: context.stdin,
        memoryLimitBytes: context.memoryLimitBytes,
        write: (stream, bytes) => context.write(stream, bytes),
        now: () => context.now(),
        modules,
        machine: opened,
        sources,
      }),
  })
  return { context, image, machine, modules, sources }
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
    if (command.kind === 'version') say(context, 'stdout', `${versionOf(await loadImage())}\n`)
    if (command.kind === 'help' || command.kind === 'version') return { exitCode: 0 }
    if (command.kind === 'invalid') {
      say(context, 'stderr', `${command.message}\n`)
      return { exitCode: 9 }
    }
    const run = await openRun(context, options)
    try {
      const path = command.kind === 'file' ? [joinPath(context.cwd, command.path)] : command.kind === 'stdin' ? ['-'] : []
      run.machine.ask('start', startOptions(run, [...path, ...command.args], []))
      begin(run, command)
      await spin(run.machine)
      return finish(run)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      say(context, 'stderr', `node: ${error.message}\n`)
      return { exitCode: 1 }
    } finally {
      run.machine.close()
    }
  }

/** Runs one `node …` command in an interpreter of its own. */
export const runJavaScript: RunGuest = createJavaScriptGuest()
