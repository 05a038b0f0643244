import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openDataFolder } from '../src/data-folder.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'gaesup-data-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

describe('the data folder', () => {
  it('is readable by its owner only', () => {
    const folder = openDataFolder(join(root, 'new'))
    expect(statSync(folder.path).mode & 0o777).toBe(0o700)
    folder.release()
  })

  it('is held by one daemon at a time and free again after release', () => {
    const first = openDataFolder(root)
    expect(() => openDataFolder(root)).toThrow(expect.objectContaining({ code: 'DATA_IN_USE' }))
    first.release()
    openDataFolder(root).release()
  })

  it('is held by a process that keeps nothing of it, and free again after that was killed', async () => {
    const source = new URL('../src/data-folder.ts', import.meta.url).href
    const script = `const { openDataFolder } = await import(${JSON.stringify(source)}); openDataFolder(${JSON.stringify(root)}); globalThis.gc(); await new Promise((resolve) => setTimeout(resolve, 10)); globalThis.gc(); console.log('held'); setInterval(() => {}, 1000)`
    const holder = spawn(process.execPath, ['--expose-gc', '--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    try {
      await once(holder.stdout, 'data')
      expect(() => openDataFolder(root)).toThrow(expect.objectContaining({ code: 'DATA_IN_USE' }))
    } finally {
      holder.kill('SIGKILL')
    }
    await once(holder, 'exit')
    openDataFolder(root).release()
  })

  it.skipIf(process.platform !== 'linux').each(['/proc/x', '/proc', '/proc/self/a/b'])(
    'is refused at once where no folder can be made: %s',
    (path) => {
      expect(() => openDataFolder(path)).toThrow(
        expect.objectContaining({
          code: 'DATA_UNUSABLE',
          message: expect.stringContaining('--data or GAESUP_DATA'),
        }),
      )
    },
  )

  it('is made with its parents, and leaves no probe behind', () => {
    const folder = openDataFolder(join(root, 'a', 'b', 'c'))
    const names = readdirSync(folder.path)
    expect(names).toEqual(expect.arrayContaining(['daemon.lock', 'objects', 'sessions']))
    expect(names.filter((name) => name.startsWith('.probe'))).toEqual([])
    folder.release()
  })

  it('says so when a file stands in its place', () => {
    const path = join(root, 'file')
    writeFileSync(path, '')
    expect(() => openDataFolder(path)).toThrow(
      expect.objectContaining({
        code: 'DATA_UNUSABLE',
        message: expect.stringContaining('--data'),
      }),
    )
  })
})
