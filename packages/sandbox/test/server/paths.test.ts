import { beforeEach, describe, expect, test } from 'vitest'
import { createWorld, type World } from '../memory.ts'
import type { Json } from '../support.ts'

let world: World
let id: string
beforeEach(async () => {
  world = await createWorld()
  id = await world.create()
})
const run = (type: string, more: Record<string, unknown> = {}): Promise<Json> =>
  world.run(id, { type, ...more })

describe('paths', () => {
  test.each(['/workspace', '/', '.', '/workspace/a/..', '//workspace/', '/tmp/../workspace'])(
    'the workspace cannot be removed, whatever it is called: %s',
    async (path) => {
      await run('write_file', { path: 'kept', content: 'x' })
      for (const recursive of [true, false]) {
        const { success, error } = await run('delete_file', { path, recursive })
        expect(success).toBe(false)
        expect(error).toContain('cannot be removed')
        expect(error).toContain('(EPERM)')
      }
      expect((await run('read_file', { path: 'kept' })).result.content).toBe('x')
    },
  )

  test.each(['zz/', 'zz/.', 'zz/..', '/workspace/zz//', '.'])(
    'a file cannot be written under the name of a folder: %s',
    async (path) => {
      const { success, error } = await run('write_file', { path, content: 'x' })
      expect(success).toBe(false)
      expect(error).toContain('(EISDIR)')
      expect((await run('list_directory')).result.entries).toEqual([])
    },
  )

  test('a copy to a name that ends in a slash is for folders', async () => {
    await run('write_file', { path: 'f', content: 'x' })
    await run('create_directory', { path: 'd' })
    const refused = await run('copy_file', { sourcePath: 'f', destinationPath: 'new/' })
    expect(refused).toMatchObject({ success: false, error: expect.stringContaining('(EISDIR)') })
    expect(await run('copy_file', { sourcePath: 'd', destinationPath: 'e/' })).toMatchObject({
      success: true,
    })
  })

  test.each([true, false])(
    'a folder cannot take the place of a file, recursive: %s',
    async (recursive) => {
      await run('write_file', { path: 'f', content: 'x' })
      expect(await run('create_directory', { path: 'f', recursive })).toMatchObject({
        success: false,
        error: 'create_directory f: a file is already there (EEXIST).',
      })
      expect((await run('read_file', { path: 'f' })).result.content).toBe('x')
    },
  )

  test.each([
    ['write_file', { path: 'a\0b', content: '' }, 'path'],
    ['copy_file', { sourcePath: 'a\0b', destinationPath: 'c' }, 'sourcePath'],
    ['execute_shell', { commandName: 'true', workingDirectory: '/\0' }, 'workingDirectory'],
  ])('a NUL in a path of %s is named in words', async (type, more, member) => {
    const error = await run(type, more)
    expect(error.code).toBe(-32602)
    expect(error.message).toContain(`/command/${member} must not contain a NUL character`)
  })

  test('a program that leaves no exit code leaves a reason', async () => {
    const container = world.engine.containers.get(id)
    const ended = { exitCode: null, durationMs: 1, cpuMs: 1 }
    if (container)
      Object.assign(container, { exec: async () => ({ ...ended, reason: 'signal SIGSEGV' }) })
    expect((await run('shell', { command: 'x' })).error).toBe(
      'The program crashed and left no exit code: signal SIGSEGV.',
    )
    if (container) Object.assign(container, { exec: async () => ended })
    expect((await run('shell', { command: 'x' })).error).toContain('does not tell why')
  })
})
