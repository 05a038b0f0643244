import { afterEach, expect, test } from 'vitest'
import { ContainerManager, type Execution } from '../../src/index.ts'
import { fixture } from './modules.ts'

const managers: ContainerManager[] = []
afterEach(() => Promise.all(managers.splice(0).map((one) => one.cleanup())))

test.each<[Execution, string]>([
  ['worker', 'a worker'],
  ['process', 'a process (nodejs)'],
])(
  'callSync and bindSync of a module in a %s are refused, and nothing is called',
  async (execution, place) => {
    const manager = new ContainerManager()
    managers.push(manager)
    const container = await manager.run(fixture('native.wasm'), { execution })
    for (const refused of [
      (): unknown => container.callSync('increment'),
      (): unknown => container.bindSync('increment'),
    ]) {
      expect(refused).toThrow(
        expect.objectContaining({
          code: 'WOULD_WAIT',
          containerId: container.id,
          details: { containerId: container.id, reason: 'elsewhere' },
        }),
      )
      expect(refused).toThrow(`it runs in ${place}`)
    }
    expect(await container.call('increment')).toBe(1)
    expect(container.metrics).toMatchObject({ callCount: 1, errorCount: 0 })
  },
)
