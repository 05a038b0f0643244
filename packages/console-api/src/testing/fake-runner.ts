import type {
  FunctionFailureCode,
  FunctionInstance,
  FunctionMeasurement,
  FunctionOutcome,
  FunctionRequest,
  FunctionRunner,
  FunctionRuntime,
  FunctionSpec,
  InvokeOptions,
} from '../ports.ts'

/** One instance's answer to one request. */
export type FakeBehaviour = (call: FakeCall) => Promise<FunctionOutcome> | FunctionOutcome

/** One call of a fake function. */
export interface FakeCall {
  readonly spec: FunctionSpec
  readonly request: FunctionRequest
  readonly options: InvokeOptions
  /** Counts the calls of this instance, from 1. */
  readonly callNumber: number
  readonly print: (text: string, stream?: 'stdout' | 'stderr') => void
}

/** A runner that notes what it was asked to start. */
export interface FakeRunner extends FunctionRunner {
  /** Every spec that an instance was started with, in order. */
  readonly started: readonly FunctionSpec[]
  /** Instances that are open now. */
  readonly open: number
  /** The most that were ever open at a time. */
  readonly mostOpen: number
}

/** Options of `createFakeRunner`. */
export interface FakeRunnerOptions {
  /** What functions do, by the text of their code; `default` serves the rest. Default: echo. */
  readonly behaviours?: Readonly<Record<string, FakeBehaviour>>
  readonly runtimes?: readonly FunctionRuntime[]
  /** Runs before each start; what it throws is the failure of the start. */
  readonly onStart?: (spec: FunctionSpec, signal: AbortSignal) => Promise<void> | void
}

const RUNTIMES: readonly FunctionRuntime[] = [
  { runtime: 'Python 3.12', language: 'python', version: '3.12.0' },
  { runtime: 'JavaScript (QuickJS)', language: 'javascript', version: '2025.4.26' },
]

const MEASURED: FunctionMeasurement = { durationMs: 1, cpuMs: 0.5, memoryBytes: 1_048_576 }

/** An outcome with status 200 unless given otherwise; objects become JSON. */
export function answer(
  body: unknown,
  init: { status?: number; headers?: Record<string, string> } & Partial<FunctionMeasurement> = {},
): FunctionOutcome {
  const { status = 200, headers = {}, ...measured } = init
  const isText = typeof body === 'string'
  const bytes =
    body instanceof Uint8Array
      ? body
      : new TextEncoder().encode(isText ? body : JSON.stringify(body))
  const type = isText ? 'text/plain; charset=utf-8' : 'application/json'
  return {
    ...MEASURED,
    ...measured,
    ok: true,
    status,
    headers: { 'content-type': type, ...headers },
    body: bytes,
  }
}

/** An outcome that failed in the given way. */
export function failure(code: FunctionFailureCode, message: string): FunctionOutcome {
  return { ...MEASURED, ok: false, code, message }
}

/** A behaviour that answers with the request, as JSON. */
export const echo: FakeBehaviour = ({ request }) =>
  answer({
    method: request.method,
    path: request.path,
    headers: request.headers,
    body: request.body === null ? null : new TextDecoder().decode(request.body),
  })

/** A behaviour that does not answer until it is aborted. */
export const hang: FakeBehaviour = ({ options }) =>
  new Promise((resolve) => {
    options.signal.addEventListener('abort', () => resolve(failure('CANCELLED', 'aborted')), {
      once: true,
    })
  })

/** A behaviour that never answers, even when it is aborted. */
export const hangForever: FakeBehaviour = () => new Promise(() => undefined)

/** A runner whose functions behave as a test says, without running any code. */
export function createFakeRunner(options: FakeRunnerOptions = {}): FakeRunner {
  const started: FunctionSpec[] = []
  const instances = new Set<FunctionInstance>()
  let mostOpen = 0
  return {
    started,
    get open() {
      return instances.size
    },
    get mostOpen() {
      return mostOpen
    },
    runtimes: () => options.runtimes ?? RUNTIMES,
    async start(spec, signal) {
      started.push(spec)
      await options.onStart?.(spec, signal)
      const behaviour = options.behaviours?.[spec.code] ?? options.behaviours?.['default'] ?? echo
      const instance = createInstance(spec, behaviour, () => instances.delete(instance))
      instances.add(instance)
      mostOpen = Math.max(mostOpen, instances.size)
      return instance
    },
    async close() {
      await Promise.all([...instances].map((instance) => instance.close()))
    },
  }
}

function createInstance(
  spec: FunctionSpec,
  behaviour: FakeBehaviour,
  onClose: () => void,
): FunctionInstance {
  let alive = true
  let busy = false
  let callNumber = 0
  return {
    get alive() {
      return alive
    },
    async invoke(request, options) {
      if (busy) throw new Error('an instance answers one request at a time')
      if (!alive) throw new Error('the instance is closed')
      busy = true
      callNumber += 1
      const print: FakeCall['print'] = (text, stream = 'stdout') =>
        options.onLog({ stream, text, atMs: Date.now() })
      const outcome = await behaviour({ spec, request, options, callNumber, print })
      busy = false
      if (!outcome.ok && outcome.code !== 'FUNCTION_ERROR') alive = false
      return outcome
    },
    async close() {
      alive = false
      onClose()
    },
  }
}
