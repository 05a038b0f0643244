import { expect, test } from 'vitest'
import { ContainerManager, createContainer } from '../../src/containers/index.ts'

const source = `
let total = 0
export const add = ({ by }: { by: number }) => (total += by)
export function spin() { for (;;); }
export const getState = () => total
export const setState = (value: number) => { total = value }
`

test('a script runs as a container, with its functions, state and limits', async () => {
  const container = await createContainer({ source, name: 'adder' }, { maxCpuTime: 2000 })
  expect([container.name, container.abi, container.functions]).toEqual([
    'adder',
    'native',
    expect.arrayContaining(['add', 'spin']),
  ])
  expect(await container.call('add', { by: 2 })).toBe(2)
  await container.updateState(40)
  expect(await container.call('add', { by: 2 })).toBe(42)
  await expect(container.call('spin')).rejects.toMatchObject({ code: 'TIME_LIMIT' })
  await container.stop()
})

test('all who ask for the same script share one container', async () => {
  const manager = new ContainerManager()
  const [first, second] = [manager.acquire({ source }), manager.acquire({ source })]
  expect(await first.instance).toBe(await second.instance)
  await manager.cleanup()
})

test('a script that does not compile is told with its place', async () => {
  await expect(createContainer({ source: 'export const a = (' })).rejects.toMatchObject({
    name: 'CompilationError',
    code: 'COMPILATION_FAILED',
    details: [expect.objectContaining({ line: 1 })],
  })
})

test('a start that is aborted ends the compiler', async () => {
  const started = new ContainerManager().run(
    { source: 'for (;;);' },
    {},
    { signal: AbortSignal.timeout(200) },
  )
  await expect(started).rejects.toMatchObject({ code: 'ABORTED' })
})

test.each([
  {},
  { source: 1 },
  null,
  new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0)),
])('what is no module is refused: %o', async (module) => {
  await expect(createContainer(module as never)).rejects.toThrow(TypeError)
})
