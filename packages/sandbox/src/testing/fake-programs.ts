import type { EngineFiles } from '../ports.ts'
import { runTinyPython } from './tiny-python.ts'

/** What a program of the fake engine gets. */
export interface FakeProgramContext {
  readonly argv: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  readonly stdin: Uint8Array
  readonly files: EngineFiles
  /** Aborted when the command is stopped, by whatever. */
  readonly signal: AbortSignal
  /** Resolves when the reader can take more; rejects when the command is stopped. */
  readonly write: (stream: 'stdout' | 'stderr', output: string | Uint8Array) => Promise<void>
  /** Waits on the engine's clock; rejects when the command is stopped. */
  readonly sleep: (ms: number) => Promise<void>
}

/** A program of the fake engine; resolves with its exit code. */
export type FakeProgram = (context: FakeProgramContext) => Promise<number>

const MAX_READ_BYTES = 1024 * 1024

const toAbsolute = (path: string, cwd: string): string =>
  path.startsWith('/') ? path : `${cwd}/${path}`

const runPython: FakeProgram = async ({ argv, cwd, files, write }) => {
  const source =
    argv[1] === '-c'
      ? (argv[2] ?? '')
      : new TextDecoder().decode(
          await files.readFile(toAbsolute(argv[1] ?? '', cwd), MAX_READ_BYTES),
        )
  const { stdout, stderr, exitCode } = runTinyPython(source)
  await write('stdout', stdout)
  await write('stderr', stderr)
  return exitCode
}

/** Programs every fake session has. `sleep` takes milliseconds; `python3` knows what `runTinyPython` knows. */
export const FAKE_PROGRAMS: Readonly<Record<string, FakeProgram>> = {
  python3: runPython,
  true: async () => 0,
  false: async () => 1,
  echo: async ({ argv, write }) => {
    await write('stdout', `${argv.slice(1).join(' ')}\n`)
    return 0
  },
  cat: async ({ stdin, write }) => {
    await write('stdout', stdin)
    return 0
  },
  pwd: async ({ cwd, write }) => {
    await write('stdout', `${cwd}\n`)
    return 0
  },
  env: async ({ env, write }) => {
    for (const [name, value] of Object.entries(env)) await write('stdout', `${name}=${value}\n`)
    return 0
  },
  sleep: async ({ argv, sleep }) => {
    await sleep(Number(argv[1]))
    return 0
  },
  yes: async ({ write }) => {
    for (;;) await write('stdout', 'y\n'.repeat(8192))
  },
}
