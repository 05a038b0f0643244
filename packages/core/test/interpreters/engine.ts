import {
  createInterpreters,
  type Interpreters,
  type InterpretersOptions,
  type InterpreterSession,
  type SessionResult,
} from '../../src/interpreters/index.ts'

export const mebibyte: number = 2 ** 20

export interface RunOptions {
  readonly stdin?: string
  readonly env?: Record<string, string>
  readonly cwd?: string
  readonly timeoutMs?: number
  readonly cpuMs?: number
  readonly maxOutputBytes?: number
  readonly signal?: AbortSignal
  readonly onOutput?: (text: string) => void
}

let count = 0

export function open(
  engine: Interpreters,
  limits: Partial<Parameters<Interpreters['create']>[0]> = {},
): Promise<InterpreterSession> {
  return engine.create({
    sessionId: `s${process.pid}-${++count}`,
    language: 'python',
    memoryLimitBytes: 128 * mebibyte,
    diskLimitBytes: 8 * mebibyte,
    inodeLimit: 200,
    ...limits,
  })
}

export async function run(
  session: InterpreterSession,
  argv: string[],
  options: RunOptions = {},
): Promise<SessionResult & { stdout: string; stderr: string }> {
  const texts = { stdout: '', stderr: '' }
  const {
    timeoutMs = 60_000,
    cpuMs = 60_000,
    maxOutputBytes = mebibyte,
    signal = new AbortController().signal,
  } = options
  const result = await session.exec(
    {
      argv,
      cwd: options.cwd ?? '/workspace',
      env: options.env ?? {},
      stdin: Buffer.from(options.stdin ?? ''),
    },
    {
      timeoutMs,
      cpuMs,
      maxOutputBytes,
      signal,
      onOutput: (stream, bytes) => {
        texts[stream] += Buffer.from(bytes).toString()
        options.onOutput?.(texts[stream])
      },
    },
  )
  return { ...result, ...texts }
}

export const start = (options: InterpretersOptions = {}): Interpreters =>
  createInterpreters({ warmMemoryBytes: 128 * mebibyte, ...options })

export const exists = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
