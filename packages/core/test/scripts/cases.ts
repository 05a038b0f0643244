import { ContainerManager, type ContainerConfig, type ContainerInstance } from '../../src/index.ts'
import { equal, refused, type Case } from '../both/case.ts'
import { sensesCases } from './senses-cases.ts'

const source = `
import { add, fail, echo, named } from 'env'
type State = { count: number }
let state: State = { count: 0 }
export function increment(by: number = 1): number { return (state.count += by) }
export function spin(): never { for (;;); }
export function hoard(): void { const all: string[] = []; for (;;) all.push('x'.repeat(1e5) + all.length) }
export function nest(): number { return nest() + 1 }
export function giant(): string { return 'x'.repeat(2 ** 30 - 1) }
export function join(): string { let all = 'x'; for (;;) all += all }
export function flood(): void { for (let n = 0; n < 1000; n += 1) console.log('x'.repeat(100)) }
export function say(text: string): void { console.log(text, { a: 1 }) }
export function broken(): void {
  throw new TypeError('it is told to')
}
export function pollute(): unknown {
  Object.prototype.polluted = 'guest'
  Array.prototype.map = () => { throw new Error('mine') }
  return JSON.parse('{"__proto__":{"polluted":"host"},"constructor":{"prototype":{"polluted":"host"}}}')
}
export const sum = (a: number, b: number): number => add(a, b)
export const failing = (): string => { fail(); return 'not here' }
export const caught = (): string => { try { fail(); return 'not here' } catch (error) { return String(error) } }
export const echoed = (value: unknown): unknown => echo(value)
export const unnamed = (): unknown => named()
export const sendProto = (): unknown => echo(JSON.parse('{"__proto__":{"polluted":"host"},"kept":1}'))
export const sendCycle = (): unknown => { const a = {}; a.a = a; return echo(a) }
export const getState = (): State => state
export const setState = (next: State): void => { state = next }
`

interface Started {
  readonly container: ContainerInstance
  readonly logs: string[]
  readonly seen: unknown[]
}

async function start(config: ContainerConfig = {}): Promise<Started> {
  const manager = new ContainerManager({ debugMode: true })
  const logs: string[] = []
  const seen: unknown[] = []
  const imports = {
    env: {
      add: (a: number, b: number) => a + b,
      fail: () => {
        throw new Error('a secret of the host')
      },
      echo: (value: unknown) => {
        seen.push(value)
        return value
      },
      named: () => 1,
    },
  }
  const allowedImports = ['env.add', 'env.fail', 'env.echo']
  const container = await manager.run({ source }, { imports, allowedImports, ...config })
  manager.events.on('log', ({ message }) => void logs.push(message))
  return { container, logs, seen }
}

async function failureOf(
  work: Promise<unknown>,
): Promise<Error & { code?: string; details?: unknown }> {
  return work.then(
    () => new Error('it worked'),
    (error: unknown) => error as Error,
  )
}

/** Attacks of scripts on what runs them, and what they are given. */
export const cases: readonly Case[] = [
  ...sensesCases,
  {
    title: 'TypeScript runs, with state, snapshots and a log',
    async run() {
      const { container, logs } = await start()
      equal(await container.call('increment', [2]), 2)
      await container.updateState({ count: 40 })
      const copy = await container.fork()
      equal([await container.call('increment'), await copy.call('increment', [2])], [41, 42])
      equal(container.state, { count: 41 })
      await container.call('say', ['한글 👋'])
      equal(logs.at(-1), '한글 👋 {"a":1}')
    },
  },
  {
    title:
      'a loop without end is stopped, and the container starts again with its state store’s state',
    async run() {
      const { container } = await start({ maxCpuTime: 1000, initialState: { count: 5 } })
      await refused(container.call('spin'), 'TIME_LIMIT')
      await refused(container.call('increment'), 'GUEST_FAILED')
      await container.restart()
      equal(await container.call('increment'), 6)
    },
  },
  {
    title: 'fuel runs out',
    async run() {
      const { container } = await start({ maxFuel: 20_000_000n })
      await refused(container.call('spin'), 'CPU_LIMIT')
    },
  },
  {
    title: 'a hoard of text stays within maxMemory, and the container lives on',
    async run() {
      const maxMemory = 160 * 65_536
      const { container } = await start({ maxMemory })
      await refused(container.call('hoard'), 'GUEST_FAILED')
      if (container.getMemoryUsage().allocated > maxMemory) throw new Error('it has more')
      equal(await container.call('increment'), 1)
    },
  },
  {
    title: 'calls without end are the script’s own error',
    async run() {
      const { container } = await start()
      await refused(container.call('nest'), 'GUEST_FAILED')
      equal(await container.call('increment'), 1)
    },
  },
  {
    title: 'a giant text is refused, in one piece and doubled piece by piece',
    async run() {
      const { container } = await start({ maxMemory: 32 << 20 })
      await refused(container.call('giant'), 'GUEST_FAILED')
      await refused(container.call('join'), 'GUEST_FAILED')
      equal(await container.call('increment'), 1)
    },
  },
  {
    title: 'a flood on the console ends the call, and the container lives on',
    async run() {
      const { container, logs } = await start({ maxOutputBytes: 1000 })
      await refused(container.call('flood'), 'MEMORY_LIMIT')
      equal(
        logs.filter((line) => line.includes('xxx')),
        [],
      )
      equal(await container.call('increment'), 1)
    },
  },
  {
    title: 'prototypes of the guest and keys of its values change none of the host',
    async run() {
      const { container, seen } = await start()
      const result: unknown = await container.call('pollute')
      Object.assign({}, result)
      equal(await container.call('sum', [1, 2]), 3)
      await container.call('sendProto')
      equal(JSON.stringify(seen[0]), '{"kept":1}')
      equal(Object.hasOwn(seen[0] as object, '__proto__'), false)
      equal(['polluted' in {}, typeof [].map], [false, 'function'])
    },
  },
  {
    title: 'an error has the line and column where it is, in source and at run time',
    async run() {
      const manager = new ContainerManager()
      const wrong = [
        'export const a = 1\nexport const b = ;',
        '\nconst a: number = missing\nexport const b = a',
        'enum A { B }',
        'import "nowhere"',
      ]
      const places: unknown[] = []
      for (const one of wrong) {
        const { code, details } = await failureOf(manager.run({ source: one }))
        equal(code, 'COMPILATION_FAILED')
        const [{ line, column }] = details as [{ line: number; column: number }]
        places.push([line, column])
      }
      equal(places, [
        [2, 18],
        [2, 19],
        [1, 1],
        [1, 9],
      ])
      const { container } = await start()
      equal((await failureOf(container.call('broken'))).message, 'TypeError: it is told to')
    },
  },
  {
    title: 'functions of the host take and give JSON',
    async run() {
      const { container, seen } = await start()
      equal(await container.call('sum', [20, 22]), 42)
      const value = { a: ['한글', null, { b: 1.5 }], c: true }
      equal(await container.call('echoed', [value]), value)
      equal(await container.call('echoed', []), null)
      equal(seen, [value, null])
      await refused(container.call('sendCycle'), 'GUEST_FAILED')
    },
  },
  {
    title:
      'what a function of the host throws is no secret told to the script, and the caller’s to know',
    async run() {
      const { container } = await start()
      equal(await container.call('caught'), 'HostError: The host function "env.fail" failed.')
      const error = await failureOf(container.call('failing'))
      equal([error.code, (error.cause as Error).message], ['HOST_FAILED', 'a secret of the host'])
      equal(await container.call('increment'), 1)
    },
  },
  {
    title:
      'a function that allowedImports does not name cannot be called, nor one that is not given imported',
    async run() {
      const { container } = await start()
      await refused(container.call('unnamed'), 'FORBIDDEN')
      equal(await container.call('sum', [1, 2]), 3)
      const manager = new ContainerManager()
      const other = { source: 'import { rm } from "env"\nexport const f = () => rm()' }
      await refused(manager.run(other), 'COMPILATION_FAILED')
      const imports = { env: { add: () => 1 } }
      await refused(manager.run(other, { imports }), 'COMPILATION_FAILED')
      await refused(
        manager.run({ source: 'import { add } from "env"\nadd()' }, { imports }),
        'COMPILATION_FAILED',
      )
    },
  },
  {
    title: 'a top level without end is ended by its signal',
    async run() {
      const signal = AbortSignal.timeout(300)
      const manager = new ContainerManager()
      await refused(manager.run({ source: 'for (;;);' }, {}, { signal }), 'ABORTED')
      const hoard = 'const a = []; for (;;) a.push("x".repeat(1e5) + a.length)'
      await refused(manager.run({ source: hoard }, { maxMemory: 16 << 20 }), 'COMPILATION_FAILED')
    },
  },
]
