import { execFileSync, spawn } from 'node:child_process'
import { mkdir, mkdtemp, readFile, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { createMemoryStore, type RegistryStore } from '../../src/registry/index.ts'
import { createFileStore } from '../../src/registry/node/index.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gaesup-store-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const kinds: [string, () => RegistryStore][] = [
  ['memory', () => createMemoryStore()],
  ['files', () => createFileStore(join(folder, 'made', 'when', 'needed'))],
]

describe.each(kinds)('a store in %s', (_, create) => {
  test('gives back what was written, and tells areas apart', async () => {
    const store = create()
    expect(await store.read('blobs', 'a')).toBeUndefined()
    expect(await store.list('blobs')).toEqual([])
    await store.remove('blobs', 'a')
    const bytes = Uint8Array.from([1, 2, 3])
    await store.write('blobs', 'a', bytes)
    bytes.fill(9)
    expect([...((await store.read('blobs', 'a')) ?? [])]).toEqual([1, 2, 3])
    expect(await store.read('entries', 'a')).toBeUndefined()
    await store.write('blobs', 'a', Uint8Array.from([4]))
    await store.write('blobs', 'b', new Uint8Array())
    expect([...((await store.read('blobs', 'a')) ?? [])]).toEqual([4])
    expect((await store.list('blobs')).toSorted()).toEqual(['a', 'b'])
    await store.remove('blobs', 'a')
    expect(await store.list('blobs')).toEqual(['b'])
  })
})

test('names that would leave the folder are refused', async () => {
  const store = createFileStore(folder)
  for (const name of ['', '..', '../x', 'a/b', 'a\0', 'A', 'a'.repeat(81)]) {
    await expect(async () => store.read('blobs', name)).rejects.toThrow(TypeError)
    await expect(async () => store.write('blobs', name, new Uint8Array())).rejects.toThrow(
      TypeError,
    )
  }
})

test('a process killed while it writes leaves whole files only', async () => {
  const source = fileURLToPath(new URL('../../src/registry/node/file-store.ts', import.meta.url))
  const program = `
    const { createFileStore } = await import(${JSON.stringify(source)})
    const store = createFileStore(${JSON.stringify(folder)})
    for (let round = 1; ; round++) {
      await store.write('blobs', 'x', new Uint8Array(3_000_000).fill(round % 251))
      process.stdout.write('.')
    }
  `
  for (let times = 0; times < 6; times++) {
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    onTestFinished(() => void child.kill('SIGKILL'))
    await new Promise((resolve) => child.stdout.once('data', resolve))
    await new Promise((resolve) => setTimeout(resolve, 30 + times * 17))
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await ended
    const found = await createFileStore(folder).read('blobs', 'x')
    expect(found?.length).toBe(3_000_000)
    expect(found?.every((byte) => byte === found[0])).toBe(true)
  }
  expect(await createFileStore(folder).list('blobs')).toEqual(['x'])
})

test('readers beside a writer see old or new bytes and never a part', async () => {
  const store = createFileStore(folder)
  let isDone = false
  const write = async (): Promise<void> => {
    for (let round = 0; round < 30; round++)
      await store.write('blobs', 'x', new Uint8Array(500_000).fill(round))
    isDone = true
  }
  const read = async (): Promise<void> => {
    while (!isDone) {
      const found = await store.read('blobs', 'x')
      if (found === undefined) continue
      expect(found.length).toBe(500_000)
      expect(found[0]).toBe(found.at(-1))
    }
  }
  await Promise.all([write(), read(), read()])
})

test('what a crash left half written a day ago is cleared away, newer drafts are not', async () => {
  const waiting = join(folder, 'waiting')
  await mkdir(waiting)
  await writeFile(join(waiting, 'old'), 'x')
  await writeFile(join(waiting, 'new'), 'x')
  const before = new Date(Date.now() - 25 * 60 * 60 * 1000)
  await utimes(join(waiting, 'old'), before, before)
  await createFileStore(folder).remove('partial', 'any')
  expect(await readdir(waiting)).toEqual(['new'])
})

test('a failed write leaves what was there, and no draft', async () => {
  const store = createFileStore(folder)
  await store.write('blobs', 'x', Uint8Array.from([1]))
  await mkdir(join(folder, 'blobs', 'taken'))
  await expect(store.write('blobs', 'taken', Uint8Array.from([2]))).rejects.toThrow()
  expect(await readdir(join(folder, 'waiting'))).toEqual([])
  expect([...(await readFile(join(folder, 'blobs', 'x')))]).toEqual([1])
})

test('a folder that cannot be written is told as the system tells it', async () => {
  await writeFile(join(folder, 'file'), '')
  const store = createFileStore(join(folder, 'file'))
  await expect(store.write('blobs', 'x', new Uint8Array())).rejects.toMatchObject({
    code: 'ENOTDIR',
  })
  expect(execFileSync('ls', [folder], { encoding: 'utf8' })).toBe('file\n')
})

test('a store without a folder is refused when it is made, not when it is used', () => {
  for (const folder of [undefined, null, '', 5])
    expect(() => createFileStore(folder as never)).toThrow(TypeError)
})
