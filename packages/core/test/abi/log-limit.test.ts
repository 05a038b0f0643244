import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compileBytes } from '../../src/compile/index.ts'
import { ContainerManager, type ContainerConfig, type ContainerInstance } from '../../src/index.ts'
import { createNativeRuntime } from '../../src/runtimes/native/native-runtime.ts'
import { fixture } from '../containers/modules.ts'
import { nodeWasi } from '../runtimes/engines/use-engines.ts'

const manager = new ContainerManager({ debugMode: true, runtimes: [createNativeRuntime(nodeWasi)] })
let logged = 0
let script: Uint8Array

beforeAll(async () => {
  manager.events.on('log', ({ message }) => void (logged += Buffer.byteLength(message)))
  const source = `
    export function flood(count: i32): i32 {
      for (let n = 0; n < count; n++) console.log("${'é'.repeat(50)}")
      return count
    }
    export function text(): string { return "" }`
  script = (await compileBytes(source, { engine: 'assemblyscript' })).bytes
})
afterAll(() => manager.cleanup())

const places: readonly ContainerConfig[] = [
  { execution: 'in-thread' },
  { execution: 'worker' },
  { runtime: nodeWasi.name },
]

describe.each(places)('what a module logs counts as its output: %o', (place) => {
  const start = (bytes: Uint8Array): Promise<ContainerInstance> =>
    manager.run(bytes, { ...place, maxOutputBytes: 1000 })

  it('of AssemblyScript', async () => {
    const container = await start(script)
    logged = 0
    expect(await container.call('flood', [10])).toBe(10)
    await expect(container.call('flood', [11])).rejects.toMatchObject({ code: 'MEMORY_LIMIT' })
    expect(await container.call('flood', [10])).toBe(10)
    expect(logged).toBeLessThan(3100)
  })

  it('of the native ABI', async () => {
    const container = await start(fixture('flood.wasm'))
    logged = 0
    await expect(container.call('flood_logs')).rejects.toMatchObject({ code: 'MEMORY_LIMIT' })
    expect(logged).toBeLessThan(1100)
  })
})

describe.each(['in-thread', 'worker'] as const)(
  'what an Extism plugin logs counts as its output: %s',
  (execution) => {
    const imports = { 'extism:host/env': { alloc: true, log_warn: true } } as const
    const compile = (body: string): Promise<{ bytes: Uint8Array }> =>
      compileBytes(
        `@external("extism:host/env", "alloc") declare function alloc(n: u64): u64
         @external("extism:host/env", "log_warn") declare function warn(at: u64): void
         ${body}`,
        { engine: 'assemblyscript', imports },
      )
    const start = async (body: string): Promise<ContainerInstance> =>
      manager.run((await compile(body)).bytes, { execution, maxOutputBytes: 1000 })

    it('in a call', async () => {
      const container = await start(`
        export function ten(): i32 { const at = alloc(100); for (let n = 0; n < 10; n++) warn(at); return 0 }
        export function flood(): i32 { const at = alloc(100); for (;;) warn(at); return 0 }`)
      await container.call('ten')
      await expect(container.call('flood')).rejects.toMatchObject({ code: 'MEMORY_LIMIT' })
      await container.call('ten')
    })

    it('while it starts', async () => {
      const flood = 'const at = alloc(100); for (;;) warn(at)'
      await expect(start(flood)).rejects.toMatchObject({ code: 'MEMORY_LIMIT' })
    })
  },
)
