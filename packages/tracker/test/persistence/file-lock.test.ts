import type { ChildProcess } from 'node:child_process'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { crc32 } from 'node:zlib'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openSegmentStore, openStateStore } from '../../src/store/index.ts'

const stores = {
  file: (path: string) => openStateStore({ file: path }),
  folder: (path: string) => openSegmentStore({ folder: path }),
} as const

const place = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'tracker-lock-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return join(folder, 'place')
}

const hold = async (kind: string, path: string) => {
  const holder = fileURLToPath(new URL('holder.ts', import.meta.url))
  const child: ChildProcess = fork(holder, [kind, path])
  onTestFinished(() => void child.kill('SIGKILL'))
  const [said] = (await once(child, 'message')) as [string]
  const kill = async () => {
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
  }
  return { said, kill }
}

describe.each(['file', 'folder'] as const)('a store in a %s', (kind) => {
  const open = stores[kind]

  it('is one process’s alone until that is killed, which gives it back at once', async () => {
    const path = await place()
    const first = await hold(kind, path)
    expect(first.said).toBe('open')
    expect((await hold(kind, path)).said).toBe('LOCKED')
    await expect(open(path)).rejects.toMatchObject({ code: 'LOCKED' })
    await first.kill()
    await (await open(path)).close()
  })

  it('is one holder’s alone within a process too, until it is closed', async () => {
    const path = await place()
    const first = await open(path)
    await expect(open(path)).rejects.toThrow(/is in use/)
    await first.close()
    const second = await open(path)
    await expect(open(path)).rejects.toMatchObject({ code: 'LOCKED' })
    await second.close()
  })

  it('keeps its lock to its owner', async () => {
    const path = await place()
    const store = await open(path)
    const lock = kind === 'file' ? `${path}.lock` : join(path, 'store.lock')
    expect((await stat(lock)).mode & 0o777).toBe(0o600)
    await store.close()
  })
})

describe('a state file that a second process was refused', () => {
  it('is as it was', async () => {
    const path = await place()
    const store = await openStateStore({ file: path })
    await store.save(new Map([['k', 1]]))
    const before = await readFile(path, 'utf8')
    expect((await hold('file', path)).said).toBe('LOCKED')
    await store.save(new Map([['k', 2]]))
    expect(await readFile(path, 'utf8')).toMatch(before)
    await store.close()
  })
})

describe('what a state file cannot read', () => {
  it('is put aside and reported, never thrown away', async () => {
    const path = await place()
    await writeFile(path, 'my diary\nof ten years\n')
    const store = await openStateStore({ file: path })
    expect(store.damage).toEqual({ bytes: 22, savedTo: `${path}.damaged` })
    expect(await readFile(`${path}.damaged`, 'utf8')).toBe('my diary\nof ten years\n')
    expect((await store.load('')).size).toBe(0)
    await store.save(new Map([['k', 1]]))
    await store.close()
    const again = await openStateStore({ file: path })
    expect(again.damage).toBeNull()
    expect([...(await again.load(''))]).toEqual([['k', 1]])
    await again.close()
  })

  it('is no line of another shape, even with the right checksum', async () => {
    const path = await place()
    const json = '{"a":1}'
    await writeFile(path, `${crc32(json).toString(16).padStart(8, '0')} ${json}\n`)
    const store = await openStateStore({ file: path })
    expect(store.damage?.bytes).toBe(17)
    await store.close()
  })

  it('is not the end of a line that a crash cut off', async () => {
    const path = await place()
    const store = await openStateStore({ file: path })
    await store.save(new Map([['k', 1]]))
    await store.close()
    const whole = await readFile(path, 'utf8')
    await writeFile(path, whole + whole.slice(0, 12))
    const again = await openStateStore({ file: path })
    expect(again.damage).toBeNull()
    expect(await readFile(path, 'utf8')).toBe(whole)
    await again.close()
  })
})
