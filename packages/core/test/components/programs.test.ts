import { beforeAll, describe, expect, test } from 'vitest'
import { createVirtualFiles } from '../../src/files/index.ts'
import { ContainerManager, type ContainerConfig, type ContainerInstance } from '../../src/index.ts'
import { fixture } from '../containers/modules.ts'
import { adapt, wasiFixture } from './build.ts'

let command = new Uint8Array()
beforeAll(async () => {
  command = await adapt(fixture('command.wasm'), 'command')
})

const start = (
  bytes: Uint8Array<ArrayBuffer>,
  config?: ContainerConfig,
): Promise<ContainerInstance> => new ContainerManager().run(bytes, config)

describe('a C program as a component', () => {
  test('runs once a call, with arguments or input, and prints', async () => {
    const heard: string[] = []
    const container = await start(command, {
      onOutput: (stream, bytes) => heard.push(`${stream}:${new TextDecoder().decode(bytes)}`),
    })
    expect([container.abi, container.functions]).toEqual(['component', ['run']])
    expect(await container.call('run', ['a', 'b'])).toEqual({
      exitCode: 1,
      stdout: '[a][b]',
      stderr: 'done',
    })
    expect(heard).toEqual(['stderr:done', 'stdout:[a][b]'])
    expect(await container.call('run', 'hé 한국')).toMatchObject({ exitCode: 0, stdout: 'hé 한국' })
    await expect(container.call('_start')).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  test('an endless run ends with maxFuel, and the next one begins anew', async () => {
    const container = await start(command, { maxFuel: 5_000_000n })
    await expect(container.call('run', ['spin'])).rejects.toMatchObject({ code: 'CPU_LIMIT' })
    expect(container.status).toBe('running')
    expect(await container.call('run', ['x'])).toMatchObject({ stdout: '[x]' })
  })

  test('an endless run ends with maxCpuTime, and the container lives on', async () => {
    const container = await start(command, { maxCpuTime: 500 })
    await expect(container.call('run', ['spin'])).rejects.toMatchObject({ code: 'TIME_LIMIT' })
    expect(container.status).toBe('running')
  })

  test('output ends with maxOutputBytes', async () => {
    const container = await start(command, { maxOutputBytes: 1000 })
    await expect(container.call('run', 'x'.repeat(5000))).rejects.toMatchObject({
      code: 'MEMORY_LIMIT',
    })
    expect(await container.call('run', 'y')).toMatchObject({ stdout: 'y' })
  })

  test('runs in a worker, with the same limits', async () => {
    const manager = new ContainerManager()
    const container = await manager.run(command, { execution: 'worker', maxFuel: 5_000_000n })
    expect(await container.call('run', ['w'])).toMatchObject({ stdout: '[w]' })
    await expect(container.call('run', ['spin'])).rejects.toMatchObject({ code: 'CPU_LIMIT' })
    await manager.cleanup()
  })
})

describe('what a program sees is what it sees in preview 1', () => {
  const environment = { HOME: '/workspace' }
  const folders = (): ReturnType<typeof createVirtualFiles> => {
    const files = createVirtualFiles({ quota: { bytes: 1 << 20, inodes: 64 } })
    return files
  }
  interface Seen {
    readonly exitCode: number
    readonly stdout: string
  }
  const both = async (name: string, config: () => ContainerConfig): Promise<[Seen, Seen]> => {
    const core = wasiFixture(name)
    const one = await start(core, config())
    const two = await start(await adapt(core, 'command'), config())
    return [
      (await one.call('_start', ['x'])) as unknown as Seen,
      (await two.call('run', ['x'])) as unknown as Seen,
    ]
  }

  test('files, links, folders and their errors', async () => {
    const [old, now] = await both('files.wasm', () => ({
      environment,
      files: folders(),
      isolation: { fileSystemAccess: true },
    }))
    // WASI 0.2 knows success and failure alone, and has no error of its own for what lies outside.
    expect([old.exitCode, now.exitCode]).toEqual([42, 1])
    expect(now.stdout).toBe(
      old.stdout.replace('escape Capabilities insufficient', 'escape Operation not permitted'),
    )
  })

  test('arguments, environment, and no folder without fileSystemAccess', async () => {
    const [old, now] = await both('surroundings.wasm', () => ({ environment }))
    expect(now.stdout).toContain('arguments 1, environment 1, folders 0, file 0, made 0')
    expect(now).toEqual(old)
  })
})
