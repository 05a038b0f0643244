import {
  createConsoleApi,
  type ConsoleApi,
  type ConsoleApiOptions,
  type ConsoleApiPorts,
} from '../src/index.ts'
import {
  encodeCode,
  type ErrorBody,
  type FunctionConfig,
  type Workspace,
} from '../src/contract/index.ts'
import {
  createFakeRunner,
  createMemoryObjects,
  createMemoryTables,
  type FakeBehaviour,
  type FakeRunner,
  type FakeRunnerOptions,
} from '../src/testing/index.ts'

export const ORIGIN = 'http://localhost:8000'

export interface Bench {
  readonly api: ConsoleApi
  readonly ports: ConsoleApiPorts
  readonly runner: FakeRunner
  readonly problems: Error[]
  /** `call('POST /api/workspaces', { name })`: objects go as JSON, text, bytes and streams as they are. */
  readonly call: (
    target: string,
    body?: unknown,
    headers?: Record<string, string>,
  ) => Promise<Response>
  /** The answer's JSON; throws when it is not a success. */
  readonly json: <Body>(target: string, body?: unknown) => Promise<Body>
  /** The answer's error; throws when it is a success. */
  readonly error: (
    target: string,
    body?: unknown,
    headers?: Record<string, string>,
  ) => Promise<ErrorAnswer>
  readonly workspace: (name?: string) => Promise<Workspace>
  readonly fn: (workspaceId: string, fields?: Record<string, unknown>) => Promise<FunctionConfig>
  /** A workspace with one function; `path` is the function's. */
  readonly ready: (
    fields?: Record<string, unknown>,
  ) => Promise<{ ws: Workspace; fn: FunctionConfig; path: string }>
}

export type ErrorAnswer = ErrorBody['error'] & { status: number; headers: Headers }

export interface BenchOptions {
  readonly runner?: FakeRunnerOptions
  /** What functions do. */
  readonly behaviour?: FakeBehaviour
  readonly options?: ConsoleApiOptions
  readonly ports?: Partial<ConsoleApiPorts>
}

/** Until all that waits for nothing from outside is done: turns of the loop, however long each one takes. */
export async function settle(): Promise<void> {
  for (let turns = 0; turns < 50; turns += 1) await new Promise((resolve) => setImmediate(resolve))
}

/** An API over fakes, and short ways to talk to it. */
export function createBench(init: BenchOptions = {}): Bench {
  const behaviours = init.behaviour === undefined ? {} : { behaviours: { default: init.behaviour } }
  const runner = createFakeRunner({ ...behaviours, ...init.runner })
  const problems: Error[] = []
  const onProblem = (error: Error): void => void problems.push(error)
  const ports: ConsoleApiPorts = {
    tables: createMemoryTables(),
    objects: createMemoryObjects(),
    runner,
    onProblem,
    ...init.ports,
  }
  const api = createConsoleApi(ports, init.options)
  const call: Bench['call'] = (target, body, headers = {}) =>
    api.fetch(toRequest(target, body, headers))
  const json = async <Body>(target: string, body?: unknown): Promise<Body> => {
    const response = await call(target, body)
    if (!response.ok) throw new Error(`${target}: ${response.status} ${await response.text()}`)
    return (await response.json()) as Body
  }
  const fn: Bench['fn'] = (workspaceId, fields = {}) =>
    json(`POST /api/workspaces/${workspaceId}/functions`, {
      name: 'user-auth',
      code: encodeCode('echo'),
      ...fields,
    })
  const workspace: Bench['workspace'] = (name = 'Production') =>
    json('POST /api/workspaces', { name })
  return {
    api,
    ports,
    runner,
    problems,
    call,
    json,
    async error(target, body, headers) {
      const response = await call(target, body, headers)
      const text = await response.text()
      if (response.ok) throw new Error(`${target}: ${response.status} ${text}`)
      return {
        ...(JSON.parse(text) as ErrorBody).error,
        status: response.status,
        headers: response.headers,
      }
    },
    workspace,
    fn,
    async ready(fields) {
      const ws = await workspace()
      const made = await fn(ws.id, fields)
      return { ws, fn: made, path: `/api/workspaces/${ws.id}/functions/${made.id}` }
    },
  }
}

function toRequest(target: string, body: unknown, headers: Record<string, string>): Request {
  const [method = '', path = ''] = target.split(' ', 2)
  const raw =
    typeof body === 'string' || body instanceof Uint8Array || body instanceof ReadableStream
  const init = raw
    ? { body, duplex: 'half', headers }
    : { headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) }
  return new Request(ORIGIN + path, {
    method,
    ...(body === undefined ? { headers } : init),
  } as RequestInit)
}
