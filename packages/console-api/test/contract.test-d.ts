import { expectTypeOf, test } from 'vitest'
import type {
  ConsoleApi,
  FunctionInstance,
  FunctionOutcome,
  FunctionRunner,
  FunctionSpec,
  InvokeOptions,
  FunctionRequest,
} from '../src/index.ts'
import type {
  ExecutionLog,
  FunctionConfig,
  LogsResponse,
  Workspace,
} from '../src/contract/index.ts'

test('the seed’s fields have the seed’s types', () => {
  expectTypeOf<Workspace>().toEqualTypeOf<{
    id: string
    name: string
    description?: string
    createdAt: string
    functionCount: number
    invocations24h: number
    errorRate: number
  }>()
  expectTypeOf<FunctionConfig>().toExtend<{
    id: string
    workspaceId: string
    name: string
    description?: string
    runtime: string
    memory: number
    timeout: number
    httpMethods: string[]
    environmentVariables: Record<string, string>
    code: string
    invocationUrl?: string | null
    status: 'active' | 'disabled'
    lastModified: string
    lastDeployed?: string | null
    invocations24h: number
    errors24h: number
    avgDuration: number
  }>()
  expectTypeOf<ExecutionLog>().toExtend<{
    id: string
    functionId: string
    timestamp: string
    status: 'success' | 'error'
    duration: number
    statusCode: number
    requestBody?: unknown
    responseBody?: unknown
    logs: string[]
    level: 'info' | 'warn' | 'error'
  }>()
  expectTypeOf<LogsResponse>().toEqualTypeOf<{ logs: ExecutionLog[]; total: number }>()
})

test('a runner is what the function host needs and no more', () => {
  expectTypeOf<keyof FunctionRunner>().toEqualTypeOf<'runtimes' | 'start' | 'close'>()
  expectTypeOf<FunctionRunner['start']>().toEqualTypeOf<
    (spec: FunctionSpec, signal: AbortSignal) => Promise<FunctionInstance>
  >()
  expectTypeOf<FunctionInstance['invoke']>().toEqualTypeOf<
    (request: FunctionRequest, options: InvokeOptions) => Promise<FunctionOutcome>
  >()
})

test('the API mounts on any fetch server', () => {
  expectTypeOf<ConsoleApi['fetch']>().toEqualTypeOf<(request: Request) => Promise<Response>>()
})
