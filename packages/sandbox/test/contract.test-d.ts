import { expectTypeOf, test } from 'vitest'
import type { SandboxClient, SandboxSession } from '../src/client/index.ts'
import type {
  Engine,
  EngineSession,
  ExecOptions,
  ExecResult,
  LimitKind,
  SandboxServer,
  SandboxServerOptions,
} from '../src/index.ts'
import type {
  Command,
  CommandType,
  LimitName,
  Methods,
  SessionCreateResult,
  SessionExecuteResult,
  SessionListItem,
} from '../src/protocol/index.ts'

test('the results of the wire have the members of the seed', () => {
  expectTypeOf<SessionCreateResult>().toExtend<{
    sessionId: string
    containerId: string
    language: string
    createdAt: string
    state: 'Active'
    config: { idleTimeoutMinutes: number; maxLifetimeMinutes: number }
  }>()
  expectTypeOf<SessionExecuteResult>().toEqualTypeOf<{
    readonly success: boolean
    readonly result: unknown
    readonly error: string | null
    readonly durationMs: number
  }>()
  expectTypeOf<SessionListItem>().toExtend<{
    lastActivity: string
    state: 'Active' | 'Idle'
    executionCount: number
    idleMinutes: number
    lifetimeMinutes: number
  }>()
  expectTypeOf<Methods['session.close']['result']>().toEqualTypeOf<{
    readonly sessionId: string
    readonly closed: true
  }>()
})

test('there are seven commands', () => {
  expectTypeOf<CommandType>().toEqualTypeOf<
    | 'write_file'
    | 'read_file'
    | 'execute_shell'
    | 'create_directory'
    | 'copy_file'
    | 'delete_file'
    | 'list_directory'
  >()
  // @ts-expect-error an alias is read from the wire, but not offered to typed callers
  const alias: Command = { type: 'shell', command: 'ls' }
  expectTypeOf(alias).toExtend<Command>()
})

test('the limits of the engine port and of the wire have the same names', () => {
  expectTypeOf<LimitKind>().toEqualTypeOf<LimitName>()
})

test('an engine needs nothing that is optional', () => {
  const engine = {
    name: 'x',
    isolation: 'x',
    runtimes: () => [],
    create: (): Promise<EngineSession> => Promise.reject(new Error('x')),
    attach: () => Promise.resolve(undefined),
    close: () => Promise.resolve(),
  }
  expectTypeOf(engine).toExtend<Engine>()
  expectTypeOf<ExecOptions['whenWritable']>().toEqualTypeOf<(() => Promise<void>) | undefined>()
  expectTypeOf<ExecResult['exitCode']>().toEqualTypeOf<number | null>()
})

test('a server is built from engines alone', () => {
  expectTypeOf<{ engines: Engine[] }>().toExtend<SandboxServerOptions>()
  expectTypeOf<{ host: string; port: number }>().toExtend<
    NonNullable<Parameters<SandboxServer['listen']>[0]>
  >()
})

test('the client answers typed sessions', () => {
  expectTypeOf<
    ReturnType<SandboxClient['createSession']>
  >().resolves.toEqualTypeOf<SandboxSession>()
  expectTypeOf<ReturnType<SandboxSession['exec']>>().resolves.toExtend<{
    stdout: string
    exitCode: number | null
  }>()
})
