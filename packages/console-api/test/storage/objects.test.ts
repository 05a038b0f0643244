import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openFileObjects, type Objects } from '../../src/index.ts'
import { createMemoryObjects } from '../../src/testing/index.ts'

const adapters: readonly { name: string; open: (folder: string) => Promise<Objects> }[] = [
  { name: 'memory', open: async () => createMemoryObjects() },
  { name: 'files', open: (folder) => openFileObjects(folder) },
]

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

describe.each(adapters)('objects in $name', ({ open }) => {
  let folder: string
  let objects: Objects

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'objects-'))
    objects = await open(folder)
  })

  afterEach(() => rmSync(folder, { recursive: true }))

  test('gives back the bytes that were put', async () => {
    await objects.put('code/fn-1/ab', new Uint8Array([0, 255, 10]))
    expect(await objects.get('code/fn-1/ab')).toEqual(new Uint8Array([0, 255, 10]))
  })

  test('replaces an object that is put again', async () => {
    await objects.put('code/fn-1/ab', bytes('one'))
    await objects.put('code/fn-1/ab', bytes('two'))
    expect(await objects.get('code/fn-1/ab')).toEqual(bytes('two'))
  })

  test('has no object that was never put or is deleted', async () => {
    expect(await objects.get('code/fn-1/ab')).toBeNull()
    await objects.put('code/fn-1/ab', bytes('one'))
    await objects.delete('code/fn-1/ab')
    await objects.delete('code/fn-1/ab')
    expect(await objects.get('code/fn-1/ab')).toBeNull()
  })

  test('lists keys by prefix in order', async () => {
    for (const key of ['code/fn-2/b', 'code/fn-1/b', 'code/fn-1/a', 'other/a'])
      await objects.put(key, bytes(key))
    expect(await objects.list('code/fn-1/')).toEqual(['code/fn-1/a', 'code/fn-1/b'])
    expect(await objects.list('code/')).toEqual(['code/fn-1/a', 'code/fn-1/b', 'code/fn-2/b'])
    expect(await objects.list('none/')).toEqual([])
  })

  test.each([
    '../etc/passwd',
    '/etc/passwd',
    'code/../../x',
    'code//x',
    '',
    'code/..',
    'code/.incoming',
    'Code/a',
    'code\\x',
    'code/\0',
  ])('refuses the key %j', async (key) => {
    await expect(objects.put(key, bytes('x'))).rejects.toThrow(TypeError)
    await expect(Promise.resolve().then(() => objects.get(key))).rejects.toThrow(TypeError)
    await expect(Promise.resolve().then(() => objects.delete(key))).rejects.toThrow(TypeError)
  })

  test('holds twenty writes of one key at a time apart', async () => {
    const texts = Array.from({ length: 20 }, (_, index) => String(index).repeat(1000))
    await Promise.all(texts.map((text) => objects.put('code/fn-1/ab', bytes(text))))
    expect(texts).toContain(
      new TextDecoder().decode((await objects.get('code/fn-1/ab')) ?? undefined),
    )
  })
})

test('files that were being written when the process died are gone at the next open and are no objects', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'objects-'))
  mkdirSync(join(folder, '.incoming'))
  writeFileSync(join(folder, '.incoming', 'half'), 'half of it')
  const objects = await openFileObjects(folder)
  expect(await objects.list('')).toEqual([])
  expect(readdirSync(join(folder, '.incoming'))).toEqual([])
  rmSync(folder, { recursive: true })
})
