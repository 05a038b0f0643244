import {
  createMeter,
  limitMemory,
  limitModule,
  meterModule,
  type MeterOptions,
  type ModuleLimits,
} from '../../src/index.ts'
import { observeContainers } from '../../src/metrics/index.ts'
import { equal, of, refused, throws, within, type Case, type Load } from '../both/case.ts'

const page = 65_536
type Callable = (...args: number[]) => unknown

async function instantiate(bytes: Uint8Array): Promise<WebAssembly.Instance> {
  const { instance } = await WebAssembly.instantiate(bytes as Uint8Array<ArrayBuffer>, {
    gaesup: { error: () => undefined, emit: () => undefined },
  })
  return instance
}

/** The native fixture with limits, its imports given by hand as glue code would. */
async function limited(load: Load, limits: ModuleLimits): Promise<Callable> {
  const module = await limitModule(await load('native.wasm'), limits)
  const { exports } = module.instantiate({
    gaesup: { error: () => undefined, emit: () => undefined },
  })
  return (name, ...args) => (exports[name as unknown as string] as Callable)(...args)
}

const call = (run: Callable, name: string, ...args: number[]): unknown =>
  run(name as unknown as number, ...args)

/** Limits outside of containers: in the bytes, and around somebody's glue. */
export const limitCases: readonly Case[] = [
  {
    title:
      'maxMemory, maxCpuTime, maxFuel and maxCallDepth of limitModule hold around foreign glue',
    attacks: [
      ...of('ModuleLimits', 'maxMemory maxCpuTime maxFuel maxCallDepth'),
      ...of('LimitedModule', 'instantiate'),
    ],
    async run(load) {
      const small = await limited(load, { maxMemory: 10 * page })
      const pages = Number(call(small, 'hog'))
      if (pages > 10) throw new Error(`it grew by ${pages} pages`)
      const short = await limited(load, { maxCpuTime: 50 })
      await within(20_000, () => throws(() => call(short, 'spin'), 'TIME_LIMIT'))
      equal(call(short, 'add', 1, 2), 3)
      const poor = await limited(load, { maxFuel: 100_000n })
      throws(() => call(poor, 'spin'), 'CPU_LIMIT')
      const shallow = await limited(load, { maxCallDepth: 50 })
      throws(() => call(shallow, 'deep', 1), 'DEPTH_LIMIT')
      for (const wrong of [
        { maxMemory: Number.NaN },
        { maxCpuTime: 0 },
        { maxFuel: 0n },
        { maxCallDepth: 0 },
        { maxMemmory: 1 } as ModuleLimits,
      ])
        await refused(limitModule(await load('native.wasm'), wrong), 'TypeError')
      await refused(limitModule(await load('native.wasm'), { maxMemory: page }), 'MEMORY_LIMIT')
    },
  },
  {
    title: 'attach, instantiateWasm and run: glue that instantiates by itself is limited as well',
    attacks: [
      ...of('LimitedModule', 'attach instantiateWasm'),
      ...of('LimitedInstance', 'run'),
      ...of('LimitedInstance.run(options)', 'signal'),
    ],
    async run(load) {
      const imports = { gaesup: { error: () => undefined, emit: () => undefined } }
      const module = await limitModule(await load('native.wasm'), { maxFuel: 100_000n })
      const raw = new WebAssembly.Instance(module.module, imports)
      const attached = module.attach(raw.exports)
      throws(() => (attached.exports['spin'] as Callable)(), 'CPU_LIMIT')
      // Calls inside of `run` are one call: they share its fuel.
      const add = raw.exports['add'] as Callable
      const many = (): void => {
        for (let n = 0; n < 1_000_000; n += 1) add(1, 2)
      }
      throws(() => attached.run(many), 'CPU_LIMIT')
      const signal = AbortSignal.abort()
      throws(() => attached.run(() => (raw.exports['spin'] as Callable)(), { signal }), 'ABORTED')
      const given: WebAssembly.Exports[] = []
      const exports = module.instantiateWasm(
        imports,
        (instance) => void given.push(instance.exports),
      )
      throws(() => (exports['spin'] as Callable)(), 'CPU_LIMIT')
      throws(() => given.forEach(({ spin }) => (spin as Callable)()), 'CPU_LIMIT')
      equal(
        Object.keys(exports).filter((name) => name.startsWith('gaesup:')),
        [],
      )
    },
  },
  {
    title: 'fuel, maxCallDepth and asksHost of meterModule: what runs out traps, and is told apart',
    attacks: [
      ...of('MeterOptions', 'fuel maxCallDepth asksHost'),
      ...of('Meter', 'begin stoppedBy'),
    ],
    async run(load) {
      const bytes = await load('native.wasm')
      const meter = async (options: MeterOptions): Promise<[WebAssembly.Exports, () => string]> => {
        const instance = await instantiate(meterModule(bytes, options))
        const drives = createMeter(instance)
        return [
          instance.exports,
          () => {
            drives.begin(100_000n)
            try {
              ;(instance.exports['deep'] as Callable)(1)
              return 'nothing'
            } catch (error) {
              return drives.stoppedBy(error) ?? 'itself'
            }
          },
        ]
      }
      const [, byDepth] = await meter({ maxCallDepth: 50 })
      equal([byDepth(), byDepth()], ['depth', 'depth'])
      const [exports] = await meter({ fuel: 1000n })
      throws(() => (exports['spin'] as Callable)(), 'RuntimeError')
      const [asking] = await meter({ asksHost: true, fuel: 1000n })
      throws(() => (asking['spin'] as Callable)(), 'RuntimeError')
      for (const maxCallDepth of [0, 1.5, Number.NaN, 2 ** 31])
        throws(() => meterModule(bytes, { maxCallDepth }), 'TypeError')
      throws(() => meterModule(meterModule(bytes)), 'RESERVED_NAME')
      throws(() => createMeter({ exports: {} }), 'TypeError')
    },
  },
  {
    title: 'limitMemory: no page above the limit, and no module that starts above it',
    attacks: [],
    async run(load) {
      const bytes = await load('native.wasm')
      const { exports } = await instantiate(limitMemory(bytes, 10))
      ;(exports['hog'] as Callable)()
      equal((exports['memory'] as WebAssembly.Memory).buffer.byteLength, 10 * page)
      throws(() => limitMemory(bytes, 1), 'MEMORY_LIMIT')
      throws(() => limitMemory(bytes.subarray(0, 50), 10), 'MODULE_INVALID')
    },
  },
  {
    title: 'a telemetry meter that fails is told so, and its end takes every callback back',
    attacks: of('TelemetryMeter', 'createObservableGauge createObservableCounter'),
    async run() {
      let callbacks = 0
      const instrument = {
        addCallback: () => void (callbacks += 1),
        removeCallback: () => void (callbacks -= 1),
      }
      const create = (): typeof instrument => instrument
      const end = observeContainers(
        { createObservableGauge: create, createObservableCounter: create },
        () => [],
      )
      if (callbacks === 0) throw new Error('nothing is observed')
      end()
      equal(callbacks, 0)
      const broken = (): never => {
        throw new RangeError('broken')
      }
      const meter = { createObservableGauge: broken, createObservableCounter: broken }
      throws(() => observeContainers(meter, () => []), 'RangeError')
    },
  },
]
