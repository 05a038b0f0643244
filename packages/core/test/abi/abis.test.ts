import { expect, test } from 'vitest'
import { fixture, start, withSection, workloads } from '../containers/modules.ts'

const reactor = fixture('reactor.wasm')
const command = fixture('command.wasm')
const plugin = fixture('plugin.wasm')

test('the ABI is found out from the module', async () => {
  const modules = { plain: workloads, 'wasi-reactor': reactor, 'wasi-command': command }
  for (const [abi, bytes] of Object.entries(modules)) {
    const { container } = await start({}, { bytes })
    expect(container.abi).toBe(abi)
  }
  expect((await start()).container.abi).toBe('native')
  expect((await start({}, { bytes: plugin })).container.abi).toBe('extism')
  expect((await start({}, { bytes: fixture('text.wasm') })).container.abi).toBe('assemblyscript')
})

test('an array is the arguments by position, anything else one argument', async () => {
  const { container } = await start()
  await expect(container.call('echo', [1, 'a', null])).resolves.toEqual([1, 'a', null])
  await expect(container.call('echo', { a: [1] })).resolves.toEqual([{ a: [1] }])
  await expect(container.call('echo', 0)).resolves.toEqual([0])
  await expect(container.call('echo', [[1, 2]])).resolves.toEqual([[1, 2]])
  await expect(container.call('echo')).resolves.toEqual([])
  await expect(container.call('nothing', [1])).resolves.toBeUndefined()
  await expect(container.call('add', [2, 3])).resolves.toBe(5)
  await expect(container.call('pack', [1, 2])).resolves.toBe(4_294_967_298)
})

test('arguments of numeric functions are checked against their types', async () => {
  const { container } = await start({}, { bytes: workloads })
  await expect(container.call('fib', 10)).resolves.toBe(55)
  const wrong = [[], [1, 2], ['10'], [1.5], [2 ** 32], [Number.NaN], [10n], [{}]]
  for (const args of wrong)
    await expect(container.call('fib', args)).rejects.toBeInstanceOf(TypeError)
  expect(container.metrics.errorCount).toBe(wrong.length)
})

test('values JSON cannot say never reach the module', async () => {
  const { container } = await start()
  await expect(container.call('echo', [10n])).rejects.toMatchObject({ code: 'ARGUMENT_INVALID' })
  const round: unknown[] = []
  round.push(round)
  await expect(container.call('echo', round)).rejects.toMatchObject({ code: 'ARGUMENT_INVALID' })
})

test('a section of another version, or that is no JSON, is refused', async () => {
  const bytes = fixture('text.wasm')
  await expect(start({}, { bytes: withSection(bytes, { version: 2 }) })).rejects.toMatchObject({
    code: 'MODULE_UNSUPPORTED',
  })
  for (const section of ['x', null, { version: 1, exports: 1 }, { version: 1, exports: [{}] }])
    await expect(start({}, { bytes: withSection(bytes, section) })).rejects.toMatchObject({
      code: expect.stringMatching(/MODULE_/) as string,
    })
})

test('AssemblyScript gets text, and gives it where its section says so', async () => {
  const signature = (name: string) => ({ name, parameters: [], returnType: { type: 'string' } })
  const bytes = withSection(fixture('text.wasm'), {
    version: 1,
    exports: [signature('shout'), signature('kept_at')],
  })
  const { container } = await start({}, { bytes })
  await expect(container.call('shout', 'hé 한국 😀')).resolves.toBe('HÉ 한국 😀!')
  await expect(container.call('length', ['abc'])).resolves.toBe(3)
  await expect(container.call('big', [2 ** 40])).resolves.toBe(2 ** 41)
  await expect(container.call('big', [2n ** 61n])).resolves.toBe(2n ** 62n)
  await expect(container.call('fail', 'oh no')).rejects.toMatchObject({
    code: 'GUEST_FAILED',
    message: expect.stringContaining('oh no') as string,
  })
  for (let n = 0; n < 2000; n += 1) await container.call('keep', [n % 50, `text ${n}`])
  await expect(container.call('kept_at', [49])).resolves.toBe('text 1999')
})

test('a WASI reactor keeps its state, and sees the given environment only', async () => {
  const { container } = await start({ environment: { LEVEL: '7' } }, { bytes: reactor })
  await container.call('count')
  await expect(container.call('count')).resolves.toBe(2)
  await expect(container.call('environment')).resolves.toBe(7)
  const bare = await start({}, { bytes: reactor })
  await expect(bare.container.call('environment')).resolves.toBe(-1)
})

test('a WASI module has no folder unless fileSystemAccess is on, and then virtual files', async () => {
  const closed = await start({}, { bytes: reactor })
  await expect(closed.container.call('write_file')).resolves.toBe(-1)
  const { createVirtualFiles } = await import('../../src/files/index.ts')
  const files = createVirtualFiles({ quota: { bytes: 100_000, inodes: 10 } })
  const open = await start({ files, isolation: { fileSystemAccess: true } }, { bytes: reactor })
  await expect(open.container.call('write_file')).resolves.toBe(0)
  expect(new TextDecoder().decode(files.readFile('/workspace/x.txt'))).toBe('hello')
})

test('syscallFilter takes away every function of WASI that is not in it', async () => {
  const isolation = { syscallFilter: ['fd_write', 'fd_prestat_get'] }
  const { container } = await start({ isolation }, { bytes: reactor })
  await expect(container.call('dice')).resolves.not.toBe(0)
  const all = await start({}, { bytes: reactor })
  await expect(all.container.call('dice')).resolves.toBe(0)
  // Its library cannot even begin without looking for folders.
  const nothing = start({ isolation: { syscallFilter: [] } }, { bytes: reactor })
  await expect(nothing).rejects.toMatchObject({ code: 'STARTUP_FAILED' })
})

test('output is given out as it comes, and ends the call at maxOutputBytes', async () => {
  const parts: string[] = []
  const onOutput = (stream: string, bytes: Uint8Array): void =>
    void parts.push(`${stream} ${bytes.length}`)
  const { container } = await start({ onOutput, maxOutputBytes: 10_000 }, { bytes: reactor })
  await container.call('print', 2)
  await container.call('print', 100)
  expect(parts.join()).toMatch(/^stdout /)
  await expect(container.call('print', 1000)).rejects.toMatchObject({
    name: 'ContainerMemoryError',
    code: 'MEMORY_LIMIT',
  })
})

test('a sleep ends with maxCpuTime', async () => {
  const { container } = await start({ maxCpuTime: 60 }, { bytes: reactor })
  await expect(container.call('nap', [100])).rejects.toMatchObject({ code: 'TIME_LIMIT' })
})

test('a reactor that ends itself is in error until it is restarted', async () => {
  const { container } = await start({}, { bytes: reactor })
  await expect(container.call('leave', [3])).rejects.toMatchObject({
    code: 'GUEST_FAILED',
    details: { exitCode: 3 },
  })
  expect(container.status).toBe('error')
  await expect(container.call('count')).rejects.toMatchObject({ code: 'STOPPED' })
  await expect(container.healthCheck()).resolves.toMatchObject({ healthy: false, status: 'error' })
  await container.restart()
  await expect(container.call('count')).resolves.toBe(1)
})

test('a WASI command runs once per call: arguments or input in, exit code and output out', async () => {
  const { container } = await start({}, { bytes: command })
  await expect(container.call('_start', ['a', 'b c'])).resolves.toEqual({
    exitCode: 2,
    stdout: '[a][b c]',
    stderr: 'done',
  })
  await expect(container.call('_start', 'text in')).resolves.toMatchObject({ stdout: 'text in' })
  await expect(container.call('_start', { a: 1 })).resolves.toMatchObject({ stdout: '{"a":1}' })
  await expect(container.call('main')).rejects.toMatchObject({ code: 'NOT_FOUND' })
})

test('a command without end is stopped, and the next run is whole again', async () => {
  const { container } = await start({ maxCpuTime: 100 }, { bytes: command })
  await expect(container.call('_start', ['spin'])).rejects.toMatchObject({ code: 'TIME_LIMIT' })
  await expect(container.call('_start', ['x'])).resolves.toMatchObject({ exitCode: 1 })
})

test('an unmodified Extism plugin runs: input, output, configuration, variables, errors', async () => {
  const { container } = await start({ environment: { thing: 'set' } }, { bytes: plugin })
  await expect(container.call('echo', 'héllo 한국')).resolves.toBe('héllo 한국')
  await expect(container.call('echo', { a: 1 }, { as: 'json' })).resolves.toEqual({ a: 1 })
  const bytes = Uint8Array.of(0, 255, 128)
  await expect(container.call('echo', bytes, { as: 'bytes' })).resolves.toEqual(bytes)
  await expect(container.call('echo', bytes)).rejects.toMatchObject({ code: 'GUEST_FAILED' })
  await expect(container.call('echo', ['a', 'b'])).rejects.toBeInstanceOf(TypeError)
  await container.call('count')
  await expect(container.call('count')).resolves.toBe('2')
  await expect(container.call('config')).resolves.toBe('set')
  await expect(container.call('recall')).resolves.toBe('nothing')
  await container.call('remember', 'this')
  await expect(container.call('recall')).resolves.toBe('this')
  await expect(container.call('fail')).rejects.toMatchObject({
    code: 'GUEST_FAILED',
    message: 'it went wrong',
  })
  await expect(container.call('crash')).rejects.toMatchObject({ name: 'ContainerError' })
  await expect(container.call('count')).resolves.toBe('3')
})

test('an Extism plugin is limited like any module: time, memory, variables', async () => {
  const quick = await start({ maxCpuTime: 60 }, { bytes: plugin })
  await expect(quick.container.call('spin')).rejects.toMatchObject({ code: 'TIME_LIMIT' })
  const { container } = await start({ maxMemory: 40 * 65_536 }, { bytes: plugin })
  await expect(container.call('fill_variables')).rejects.toMatchObject({ code: 'MEMORY_LIMIT' })
  const roomy = await start({}, { bytes: plugin })
  await expect(roomy.container.call('fill_variables')).rejects.toThrow('variables')
  await container.call('hog')
  await expect(container.call('echo', 'x'.repeat(4_000_000))).rejects.toMatchObject({
    code: 'MEMORY_LIMIT',
  })
  expect(container.getMemoryUsage().allocated).toBeLessThanOrEqual(40 * 65_536)
  await expect(container.call('count')).resolves.toMatch(/^\d+$/)
})

test('one plugin serves 40,000 calls, past where Extism’s own host ends', async () => {
  const { container } = await start({}, { bytes: plugin })
  for (let n = 0; n < 40_000; n += 1) await container.call('echo', 'x')
  await expect(container.call('echo', 'still here')).resolves.toBe('still here')
  expect(container.getMemoryUsage().allocated).toBeLessThan(1 << 20)
})
