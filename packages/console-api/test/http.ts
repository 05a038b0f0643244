import {
  createConsoleApi,
  type ConsoleApi,
  type ConsoleApiOptions,
  type ConsoleApiPorts,
} from '../src/index.ts'
import { encodeCode, type FunctionConfig, type Workspace } from '../src/contract/index.ts'
import {
  createFakeRunner,
  createMemoryObjects,
  createMemoryTables,
  type FakeRunner,
  type FakeRunnerOptions,
} from '../src/testing/index.ts'

export const ORIGIN = 'http://localhost:8000'

export interface Bench {
  readonly api: ConsoleApi
  readonly ports: ConsoleApiPorts
  readonly runner: FakeRunner
  readonly problems: Error[]
  call(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Response>
  json<Body>(method: string, path: string, body?: unknown): Promise<Body>
  workspace(name?: string): Promise<Workspace>
  fn(workspaceId: string, fields?: Record<string, unknown>): Promise<FunctionConfig>
}

/** An API over fakes, and short ways to talk to it. */
export function createBench(
  runner: FakeRunnerOptions = {},
  options: ConsoleApiOptions = {},
  ports: Partial<ConsoleApiPorts> = {},
): Bench {
  const fake = createFakeRunner(runner)
  const problems: Error[] = []
  const all = {
    tables: createMemoryTables(),
    objects: createMemoryObjects(),
    runner: fake,
    onProblem: (error: Error) => void problems.push(error),
    ...ports,
  }
  const api = createConsoleApi(all, options)
  const call: Bench['call'] = (method, path, body, headers = {}) => {
    const init: RequestInit = { method, headers }
    if (typeof body === 'string' || body instanceof Uint8Array || body instanceof ReadableStream)
      Object.assign(init, { body, duplex: 'half' })
    else if (body !== undefined)
      Object.assign(init, {
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json', ...headers },
      })
    return api.fetch(new Request(ORIGIN + path, init))
  }
  const json = async <Body>(method: string, path: string, body?: unknown): Promise<Body> => {
    const response = await call(method, path, body)
    if (!response.ok)
      throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
    return (await response.json()) as Body
  }
  return {
    api,
    ports: all,
    runner: fake,
    problems,
    call,
    json,
    workspace: (name = 'Production') => json('POST', '/api/workspaces', { name }),
    fn: (workspaceId, fields = {}) =>
      json('POST', `/api/workspaces/${workspaceId}/functions`, {
        name: 'user-auth',
        code: encodeCode('echo'),
        ...fields,
      }),
  }
}
