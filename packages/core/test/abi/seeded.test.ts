import { expect, test } from 'vitest'
import { compileBytes } from '../../src/compile/index.ts'
import { ContainerManager, type ContainerSource } from '../../src/index.ts'

const source = 'export function roll(): number { return Math.random() }'

async function roll(module: ContainerSource, seed: number): Promise<unknown[]> {
  const manager = new ContainerManager()
  const random = (into: Uint8Array): void => void into.fill(seed)
  const clock = { realtimeNs: () => 86_400_000_000_000n, monotonicNs: () => 0n }
  const container = await manager.run(module, { clock, random })
  const rolled = [await container.call('roll'), await container.call('roll')]
  if (container.functions.includes('today')) rolled.push(await container.call('today'))
  await manager.cleanup()
  return rolled
}

test('a compiled module that is seeded the same rolls the same', async () => {
  const { bytes } = await compileBytes(source.replace('number', 'f64'), {
    engine: 'assemblyscript',
    timeoutMs: 85_000,
  })
  const first = await roll(bytes, 1)
  expect(await roll(bytes, 1)).toEqual(first)
  expect(await roll(bytes, 2)).not.toEqual(first)
  expect(first[0]).not.toBe(first[1])
})

test('a script for WASI sees the days it is given', async () => {
  const today = 'export const today = (): string => new Date().toISOString()'
  const { bytes } = await compileBytes(`${source}\n${today}`, {
    engine: 'quickjs',
    target: 'wasm32-wasi',
    timeoutMs: 85_000,
  })
  const first = await roll(bytes, 1)
  expect(await roll(bytes, 1)).toEqual(first)
  expect(first[2]).toBe('1970-01-02T00:00:00.000Z')
})
