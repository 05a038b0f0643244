import { getRandomValues } from 'node:crypto'
import type { JSValueHandle } from 'quickjs-wasi'
import { environmentOf } from '../environment.ts'
import type { GuestContext } from '../guest.ts'
import type { HostOperation } from './bridge.ts'
import { loadImage, type JavaScriptImage } from './image.ts'
import { openMachine, type Machine } from './machine.ts'
import { createModuleFiles, type ModuleFiles } from './module-files.ts'
import { createModuleLoader } from './module-loader.ts'
import { createOperations } from './operations.ts'

/** An interpreter joined to the files and output of one program. */
export interface Program {
  readonly context: GuestContext
  readonly image: JavaScriptImage
  readonly machine: Machine
  readonly modules: ModuleFiles
  /** Text of code that is in no file, by the name that stack frames carry. */
  readonly sources: Map<string, string>
  /** The report of the error that ended the program; empty when none did. */
  lastError(): string
  /** The promise of the main module, when it is an ES module. */
  main?: JSValueHandle
}

export interface ProgramOptions {
  readonly interrupt?: (() => boolean) | undefined
  /** Host operations besides those of every program. */
  readonly operations?: readonly [string, HostOperation][]
}

/** Opens an interpreter for one program; nothing of it runs yet. */
export const openProgram = async (
  context: GuestContext,
  options: ProgramOptions,
): Promise<Program> => {
  const image = await loadImage()
  const modules = createModuleFiles(context.files)
  const sources = new Map<string, string>()
  let lastError = ''
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
        onReport: (report) => {
          lastError = report
        },
        modules,
        machine: opened,
        sources,
        more: options.operations ?? [],
      }),
  })
  return { context, image, machine, modules, sources, lastError: () => lastError }
}

/** What the prelude is told about the program, as JSON. */
export const startOptions = ({ context, image }: Program, argv: readonly string[]): string =>
  JSON.stringify({
    argv: ['/usr/bin/node', ...argv],
    execPath: '/usr/bin/node',
    execArgv: [],
    cwd: context.cwd,
    env: environmentOf(context),
    version: `v${image.engineVersion}-quickjs-ng`,
    versions: { 'quickjs-ng': image.engineVersion },
    seed: [...getRandomValues(new Uint32Array(4))],
  })

const sleep = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, Math.min(milliseconds, 2_147_483_647))
  })

/** Turns the event loop until `isDone`, until the program has nothing left to do, or until it has to end. */
export const spin = async (
  machine: Machine,
  isDone: () => boolean = () => false,
): Promise<void> => {
  for (;;) {
    machine.drain()
    if (machine.stop !== undefined || isDone()) return
    const wait = machine.ask('turn')
    machine.drain()
    if (machine.stop !== undefined || isDone()) return
    // No answer: the turn ended in an error that a handler of the program took.
    if (typeof wait !== 'number') continue
    if (wait > 0) await sleep(wait)
    else if (wait < 0 && machine.ask('idle') !== true) return
  }
}
