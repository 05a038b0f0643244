import type {
  Clock,
  Engine,
  EngineCreateOptions,
  EngineRuntime,
  EngineSession,
  ExecCommand,
  ExecOptions,
  ExecResult,
  LimitKind,
} from '../ports.ts'
import { createFakeFiles, type FakeFiles } from './fake-files.ts'
import { FAKE_PROGRAMS, type FakeProgram } from './fake-programs.ts'

/** Options of `createFakeEngine`. */
export interface FakeEngineOptions {
  /** Default `fake`. */
  readonly name?: string
  /** Default: Python and JavaScript of made-up versions. */
  readonly runtimes?: readonly EngineRuntime[]
  /** Programs besides those every session has. */
  readonly programs?: Readonly<Record<string, FakeProgram>>
  /** Time that `sleep` and the time limit go by. Default: this machine's. */
  readonly clock?: Clock
  readonly memoryRangeBytes?: { readonly min: number; readonly max: number }
}

/** An engine in memory. */
export interface FakeEngine extends Engine {
  /** Containers that are there, by session id. */
  readonly containers: ReadonlyMap<string, EngineSession>
}

const RUNTIMES: readonly EngineRuntime[] = [
  { language: 'python', runtime: 'Python 3.12', version: '3.12.0', aliases: ['py', 'python3'] },
  {
    language: 'javascript',
    runtime: 'JavaScript ES2023',
    version: '2023.0',
    aliases: ['js', 'node'],
  },
]

const machineClock: Clock = {
  now: () => Date.now(),
  schedule: (delayMs, run) => {
    const timer = setTimeout(run, delayMs)
    return () => clearTimeout(timer)
  },
}

/** Thrown inside a program when a limit or an abort ends it. */
class Stopped extends Error {
  readonly limit: LimitKind | undefined
  constructor(limit: LimitKind | undefined) {
    super('The command was stopped.')
    this.limit = limit
  }
}

interface Running {
  readonly controller: AbortController
  readonly startedAtMs: number
  written: number
}

const stopWhen = (signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => {
    const stop = (): void => reject(signal.reason)
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
  })

const toBytes = (output: string | Uint8Array): Uint8Array =>
  typeof output === 'string' ? new TextEncoder().encode(output) : output

const write = async (
  running: Running,
  options: ExecOptions,
  chunk: { readonly stream: 'stdout' | 'stderr'; readonly bytes: Uint8Array },
): Promise<void> => {
  const { signal } = running.controller
  signal.throwIfAborted()
  const bytes = chunk.bytes.subarray(0, options.maxOutputBytes - running.written)
  running.written += bytes.length
  if (bytes.length > 0) options.onOutput(chunk.stream, bytes)
  if (bytes.length < chunk.bytes.length) running.controller.abort(new Stopped('output'))
  await Promise.race([options.whenWritable?.() ?? Promise.resolve(), stopWhen(signal)])
}

const sleep = async (ms: number, clock: Clock, signal: AbortSignal): Promise<void> => {
  let cancel = (): void => {}
  const over = new Promise<void>((resolve) => {
    cancel = clock.schedule(ms, resolve)
  })
  await Promise.race([over, stopWhen(signal)]).finally(() => cancel())
}

const toResult = (
  exitCode: number | null,
  limit: LimitKind | undefined,
  durationMs: number,
): ExecResult => ({
  exitCode,
  durationMs,
  cpuMs: 0,
  ...(limit === undefined ? {} : { limit }),
})

interface World {
  readonly clock: Clock
  readonly programs: Readonly<Record<string, FakeProgram>>
  readonly files: FakeFiles
}

const runProgram = async (
  world: World,
  command: ExecCommand,
  options: ExecOptions,
): Promise<ExecResult> => {
  const { clock, files } = world
  const running: Running = {
    controller: new AbortController(),
    startedAtMs: clock.now(),
    written: 0,
  }
  const { signal } = running.controller
  const name = command.argv[0] ?? ''
  const program = Object.hasOwn(world.programs, name) ? world.programs[name] : undefined
  await files.list(command.cwd)
  const onAbort = (): void => running.controller.abort(options.signal.reason)
  options.signal.addEventListener('abort', onAbort, { once: true })
  const disarm = clock.schedule(options.timeoutMs, () =>
    running.controller.abort(new Stopped('time')),
  )
  const context = {
    ...command,
    stdin: command.stdin ?? new Uint8Array(),
    files,
    signal,
    write: (stream: 'stdout' | 'stderr', output: string | Uint8Array) =>
      write(running, options, { stream, bytes: toBytes(output) }),
    sleep: (ms: number) => sleep(ms, clock, signal),
  }
  try {
    options.signal.throwIfAborted()
    if (!program) await context.write('stderr', `${name}: command not found\n`)
    const exitCode = program ? await Promise.race([program(context), stopWhen(signal)]) : 127
    return toResult(exitCode, undefined, clock.now() - running.startedAtMs)
  } catch (error) {
    if (error instanceof Stopped)
      return toResult(null, error.limit, clock.now() - running.startedAtMs)
    throw error
  } finally {
    disarm()
    options.signal.removeEventListener('abort', onAbort)
  }
}

const createContainer = (
  options: EngineCreateOptions,
  engine: Required<Pick<FakeEngineOptions, 'clock' | 'programs'>>,
  end: { readonly runtime: string; onDestroyed(): void },
): EngineSession => {
  const files = createFakeFiles({ ...options, now: () => engine.clock.now() })
  const world: World = { clock: engine.clock, programs: engine.programs, files }
  return {
    containerId: `fake-${options.sessionId.slice(0, 12)}`,
    runtime: end.runtime,
    files,
    exec: (command, execOptions) => runProgram(world, command, execOptions),
    stats: async () => ({
      memoryBytes: 0,
      cpuMs: 0,
      diskBytes: files.sizeBytes,
      inodes: files.count,
    }),
    destroy: async () => end.onDestroyed(),
  }
}

/** An engine without any isolation, for tests and examples: programs are functions, files are in memory. */
export const createFakeEngine = (options: FakeEngineOptions = {}): FakeEngine => {
  const runtimes = options.runtimes ?? RUNTIMES
  const world = {
    clock: options.clock ?? machineClock,
    programs: { ...FAKE_PROGRAMS, ...options.programs },
  }
  const containers = new Map<string, EngineSession>()
  return {
    name: options.name ?? 'fake',
    isolation: 'None: programs are functions of the test.',
    ...(options.memoryRangeBytes ? { memoryRangeBytes: options.memoryRangeBytes } : {}),
    containers,
    runtimes: () => runtimes,
    create: async (createOptions) => {
      const runtime =
        runtimes.find(({ language }) => language === createOptions.language)?.runtime ?? 'unknown'
      const onDestroyed = (): void => void containers.delete(createOptions.sessionId)
      const container = createContainer(createOptions, world, { runtime, onDestroyed })
      containers.set(createOptions.sessionId, container)
      return container
    },
    attach: async ({ sessionId }) => containers.get(sessionId),
    close: async () => containers.clear(),
  }
}
