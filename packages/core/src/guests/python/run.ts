import { baseEnvironment, environmentOf } from '../environment.ts'
import type { GuestContext, GuestExit, RunGuest } from '../guest.ts'
import {
  parsePythonCommand,
  pythonHelp,
  type PythonCommand,
  type PythonProgram,
} from './command-line.ts'
import type { Python, PythonEnd, PythonInstance, PythonWork } from './interpreter.ts'
import { zoneFolder } from './time-zones.ts'

/** Version of the interpreter, as `python3 --version` shows it. */
export const pythonVersion = '3.12.0'

const encoder = new TextEncoder()

/** What every program finds in its environment unless the command says otherwise. */
export const defaultEnvironment: Readonly<Record<string, string>> = {
  ...baseEnvironment,
  PYTHONTZPATH: zoneFolder,
}

/** Environment of an interpreter that starts before the command is known. */
export const startEnvironment: Readonly<Record<string, string>> = {
  ...defaultEnvironment,
  PYTHONDONTWRITEBYTECODE: '1',
}

/** The message that makes a waiting interpreter run the program. */
export function toPythonWork(
  program: PythonProgram,
  context: Pick<GuestContext, 'cwd' | 'env' | 'stdin'>,
): PythonWork {
  const env = Object.entries({ ...defaultEnvironment, ...environmentOf(context) }).flat()
  const items = [
    'run',
    program.mode,
    program.target,
    context.cwd,
    String(program.argv.length),
    ...program.argv,
    ...env,
  ]
  return {
    message: items.map((item) => encoder.encode(item)),
    stdin: context.stdin,
    isProgram: true,
  }
}

/** True when an interpreter that was started without knowing the command can run it. */
export function fitsWaiting(
  command: PythonCommand,
  env: Readonly<Record<string, string>>,
): command is Extract<PythonCommand, { kind: 'run' }> {
  return (
    command.kind === 'run' &&
    command.flags.length === 0 &&
    !Object.keys(env).some((name) => name.startsWith('PYTHON'))
  )
}

export interface PythonGuestPorts {
  python(memoryLimitBytes: number): Python
  /** Called with each interpreter, so that its memory can be measured. */
  onInstance?(instance: PythonInstance): void
}

/** Makes the Python guest: `python3 file.py`, `-c`, `-m`, `-`, with an interpreter of its own for each program. */
export function createPythonGuest(ports: PythonGuestPorts): RunGuest {
  return async (context) => {
    const command = parsePythonCommand(context.argv.slice(1))
    if (command.kind !== 'run') return tell(command, context)
    let work: PythonWork | undefined = toPythonWork(command.program, context)
    const instance = ports.python(context.memoryLimitBytes).launch({
      files: context.files,
      memoryLimitBytes: context.memoryLimitBytes,
      flags: command.flags,
      env: { ...startEnvironment, ...context.env },
      next: () => {
        const given = work
        work = undefined
        return given
      },
      answer: () => undefined,
      maxAnswerBytes: 64,
      write: (stream, bytes) => context.write(stream, bytes),
    })
    ports.onInstance?.(instance)
    return toExit(instance.run())
  }
}

export function toExit(end: PythonEnd): GuestExit {
  return end.limit === undefined
    ? { exitCode: end.exitCode }
    : { exitCode: end.exitCode, limit: end.limit }
}

function tell(command: Exclude<PythonCommand, { kind: 'run' }>, context: GuestContext): GuestExit {
  if (command.kind === 'version')
    context.write('stdout', encoder.encode(`Python ${pythonVersion}\n`))
  else if (command.kind === 'help') context.write('stdout', encoder.encode(pythonHelp))
  else context.write('stderr', encoder.encode(command.message))
  return { exitCode: command.kind === 'invalid' ? 2 : 0 }
}
