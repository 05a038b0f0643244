import { promiseIntegration } from '../../src/abi/suspend.ts'
import {
  ContainerManager,
  type ContainerConfig,
  type ContainerInstance,
  type HostFunctions,
} from '../../src/index.ts'
import { equal, refused, within, type Case } from '../both/case.ts'

const source = `
import { later, never, fail, sync } from 'env'
let count = 0
export const one = async (value) => { count += 1; const got = await later(value); count += 1; return got }
export const both = () => Promise.all([later(20, 30), later(10, 10), sync(1)])
export const chain = async (n) => { let sum = 0; for (let i = 0; i < n; i += 1) sum += await later(i); return sum }
export const forever = async () => { await never(); count += 100 }
export const failing = () => fail()
export const caught = async () => { try { return await fail() } catch (error) { return String(error) } }
export const burn = async (n) => { for (let i = 0; i < n; i += 1) { await later(i); for (let j = 0; j < 1000; j += 1); } }
export const nothing = () => new Promise(() => {})
export const spinAfter = async () => { await later(1); for (;;); }
export const getState = () => count
export const setState = (value) => { count = value }
`
const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
const settled = Symbol('settled')

interface Started {
  readonly container: ContainerInstance
  /** Settles what `never` gave. */
  readonly release: () => void
}

async function start(
  config: ContainerConfig = {},
  more: Record<string, () => unknown> = {},
): Promise<Started> {
  const kept = Promise.withResolvers<typeof settled>()
  const env = {
    later: async (value: number, ms = 1) => {
      await wait(ms)
      return value
    },
    // Not declared with `async`: a script may wait for any promise.
    never: () => kept.promise.then(() => 1),
    fail: async () => {
      await wait(1)
      throw new Error('a secret of the host')
    },
    sync: (value: number) => value,
    ...more,
  }
  const allowedImports = Object.keys(env).map((name) => `env.${name}`)
  const manager = new ContainerManager()
  const container = await manager.run({ source }, { imports: { env }, allowedImports, ...config })
  return { container, release: () => kept.resolve(settled) }
}

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'it worked',
    (error: unknown) => (error as { code?: string }).code ?? String(error),
  )

const scriptCases: readonly Case[] = [
  {
    title: 'a script waits for promises of the host, one after the other and several at once',
    async run() {
      const { container } = await start()
      equal(await container.call('one', [7]), 7)
      equal(await container.call('both'), [20, 10, 1])
      equal(await container.call('chain', [10]), 45)
      equal(container.state, 2)
    },
  },
  {
    title:
      'a promise that rejects is the script’s to catch, and HOST_FAILED with its cause where it does not',
    async run() {
      const { container } = await start()
      equal(await container.call('caught'), 'HostError: The host function "env.fail" failed.')
      const error: unknown = await container.call('failing').catch((one: unknown) => one)
      const { code, cause } = error as { code: string; cause: Error }
      equal([code, cause.message], ['HOST_FAILED', 'a secret of the host'])
      equal(await container.call('one', [7]), 7)
    },
  },
  {
    title: 'the time limit ends a call that waits, and what settles later is told to nobody',
    async run() {
      const { container, release } = await start({ maxCpuTime: 1000 })
      await within(20_000, () => refused(container.call('forever'), 'TIME_LIMIT'))
      release()
      await wait(5)
      equal(await container.call('one', [7]), 7)
      equal(container.state, 2)
      await within(20_000, () => refused(container.call('spinAfter'), 'TIME_LIMIT'))
    },
  },
  {
    title: 'a signal ends a call that waits at once, and the container lives on',
    async run() {
      const { container } = await start()
      const stop = new AbortController()
      const call = container.call('forever', [], { signal: stop.signal })
      await wait(20)
      await within(20_000, () => {
        stop.abort(new Error('enough'))
        return refused(call, 'ABORTED')
      })
      equal(await container.call('one', [7]), 7)
    },
  },
  {
    title:
      'calls wait for the one that waits, in their order; the state can be read and stays its own',
    async run() {
      const { container, release } = await start()
      const first = container.call('forever')
      const done: string[] = []
      const others = ['a', 'b'].map(async (name) => {
        await container.call('one', [1])
        done.push(name)
      })
      await wait(20)
      equal([done, container.state], [[], 0])
      release()
      await first
      await Promise.all(others)
      equal([done, container.state], [['a', 'b'], 104])
    },
  },
  {
    title: 'stop ends a call that waits',
    async run() {
      const { container } = await start()
      const call = codeOf(container.call('forever'))
      await wait(20)
      await container.stop()
      equal(await call, 'STOPPED')
    },
  },
  {
    title:
      'a host function that waits for its own container is ended by the time limit; another container may be asked',
    async run() {
      const late: { container?: ContainerInstance } = {}
      const other = await start()
      const own = await start(
        { maxCpuTime: 1500 },
        {
          never: () => late.container?.call('one', [1]),
          sync: () => other.container.call('one', [5]),
        },
      )
      late.container = own.container
      await refused(own.container.call('forever'), 'TIME_LIMIT')
      equal(await own.container.call('both'), [20, 10, 5])
    },
  },
  {
    title: 'fuel counts over all that a call does between its waits',
    async run() {
      const { container } = await start({ maxFuel: 30_000_000n })
      await container.call('burn', [1])
      await refused(container.call('burn', [50]), 'CPU_LIMIT')
    },
  },
  {
    title: 'what waits for nothing of the host is told so',
    async run() {
      const { container } = await start()
      await refused(container.call('nothing'), 'GUEST_FAILED')
    },
  },
]

/** `(module (import "h" "f" (func (result i32))) (func (export "go") (result i32) (call 0)))` */
const importing = Uint8Array.from([
  0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 5, 1, 0x60, 0, 1, 0x7f, 2, 7, 1, 1, 0x68, 1, 0x66, 0, 0, 3, 2,
  1, 0, 7, 6, 1, 2, 0x67, 0x6f, 0, 1, 0x0a, 6, 1, 4, 0, 0x10, 0, 0x0b,
])

/** Whether this engine lets modules wait. */
const canWait = promiseIntegration() !== undefined

async function startModule(
  f: HostFunctions[string][string],
  config: ContainerConfig = {},
): Promise<ContainerInstance> {
  const imports = { h: { f } }
  return new ContainerManager().run(importing, { imports, allowedImports: ['h.f'], ...config })
}

const moduleCases: readonly Case[] = [
  {
    title:
      'a module waits for an async function where the engine can, and is refused at its start where not',
    async run() {
      const started = startModule(async () => {
        await wait(5)
        return 42
      })
      if (!canWait) return refused(started, 'RUNTIME_UNAVAILABLE')
      const container = await started
      const calls = [container.call('go'), container.call('go')]
      equal([await Promise.all(calls), container.metrics.callCount], [[42, 42], 2])
      return 'modules wait here'
    },
  },
  {
    title: 'a function without async that gives a promise is refused, and the container lives on',
    async run() {
      let isPromise = true
      const container = await startModule(() => (isPromise ? Promise.resolve(1) : 1))
      await refused(container.call('go'), 'HOST_FAILED')
      isPromise = false
      equal(await container.call('go'), 1)
    },
  },
  {
    title:
      'a module that waits is ended by the time limit, its signal and stop, and lives on after the first two',
    async run() {
      if (!canWait) return
      let isReady = false
      const f = async (): Promise<number> => (isReady ? 1 : new Promise(() => undefined))
      const container = await startModule(f, { maxCpuTime: 1000 })
      await within(20_000, () => refused(container.call('go'), 'TIME_LIMIT'))
      const signal = AbortSignal.timeout(20)
      await within(20_000, () => refused(container.call('go', [], { signal }), 'ABORTED'))
      isReady = true
      equal(await container.call('go'), 1)
      isReady = false
      const call = codeOf(container.call('go'))
      await container.stop()
      equal(await call, 'STOPPED')
    },
  },
  {
    title: 'a promise of a module’s host function that rejects is HOST_FAILED with its cause',
    async run() {
      if (!canWait) return
      const container = await startModule(async () => {
        await wait(1)
        throw new Error('mine')
      })
      const error: unknown = await container.call('go').catch((one: unknown) => one)
      const { code, cause } = error as { code: string; cause: Error }
      equal([code, cause.message], ['HOST_FAILED', 'mine'])
    },
  },
]

/** What calls do that wait for promises of the host. */
export const cases: readonly Case[] = [...scriptCases, ...moduleCases]
