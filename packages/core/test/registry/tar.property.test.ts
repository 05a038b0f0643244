import { execFileSync } from 'node:child_process'
import { mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RegistryError } from '../../src/errors.ts'
import { readTarFile } from '../../src/registry/tar.ts'
import { paxRecord, tar, type TarEntry } from './archive.ts'

const limits = { maxArchiveBytes: 1_000_000, maxFileBytes: 100_000 }
const bytes = new Uint8Array(700).fill(7)

async function* cut(data: Uint8Array, size = 333): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < data.length; at += size) yield data.subarray(at, at + size)
}

const read = (data: Uint8Array, path: string, size?: number): Promise<Uint8Array> =>
  readTarFile(cut(data, size), path, limits)
const readEntries = (...entries: TarEntry[]): Promise<Uint8Array> =>
  read(tar(entries), 'package/a.wasm')

test('a file is found among others, however the stream is cut', async () => {
  const archive = tar([
    { name: 'package/README.md', bytes: new Uint8Array(1) },
    { name: 'package/', type: '5' },
    { name: 'package/a.wasm', bytes },
    { name: 'package/b.wasm', bytes: new Uint8Array(600) },
  ])
  for (const size of [1, 511, 512, 513, 100_000]) {
    expect(await read(archive, 'package/a.wasm', size)).toEqual(bytes)
  }
  await expect(read(archive, 'package/c.wasm')).rejects.toMatchObject({ code: 'NOT_FOUND' })
})

test('long names are read as ustar, GNU and pax write them', async () => {
  const long = `package/${'deep/'.repeat(40)}a.wasm`
  expect(
    await read(tar([{ name: 'a.wasm', prefix: 'package/x', bytes }]), 'package/x/a.wasm'),
  ).toEqual(bytes)
  const gnu = tar([
    { name: '././@LongLink', type: 'L', bytes: Buffer.from(`${long}\0`) },
    { name: long.slice(0, 99), bytes },
  ])
  expect(await read(gnu, long)).toEqual(bytes)
  const pax = tar([
    {
      name: 'PaxHeader/a',
      type: 'x',
      bytes: Buffer.concat([paxRecord('mtime', '1'), paxRecord('path', long)]),
    },
    { name: 'short', bytes },
  ])
  expect(await read(pax, long)).toEqual(bytes)
})

test('what the tar program packs is read', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gaesup-tar-'))
  try {
    const path = `package/${'long-folder-name/'.repeat(9)}한글.wasm`
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), bytes)
    for (const format of ['gnu', 'pax', 'ustar']) {
      execFileSync('tar', ['--format', format, '-cf', 'a.tar', 'package'], { cwd: folder })
      expect(await read(readFileSync(join(folder, 'a.tar')), path), format).toEqual(bytes)
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('links, folders and devices at the wanted path are no files', async () => {
  for (const type of ['1', '2', '3', '4', '5', '6']) {
    await expect(readEntries({ name: 'package/a.wasm', type })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    })
  }
})

test('a path that is there twice, a wrong checksum, a cut end and odd numbers are refused', async () => {
  const file = { name: 'package/a.wasm', bytes }
  await expect(readEntries(file, file)).rejects.toMatchObject({ code: 'INTEGRITY' })
  await expect(readEntries({ ...file, wrongChecksum: true })).rejects.toMatchObject({
    code: 'INTEGRITY',
  })
  await expect(read(tar([file]).subarray(0, 900), 'package/a.wasm')).rejects.toMatchObject({
    code: 'INTEGRITY',
  })
  for (const record of [
    '5 a=b\n',
    '99 a=b\n',
    ' a=b\n',
    '0 \n',
    '-6 a=b\n',
    '1e1 abcdef\n',
    '7 =abc\n',
  ]) {
    const header = { name: 'x', type: 'x', bytes: Buffer.from(record) }
    await expect(readEntries(header, file), JSON.stringify(record)).rejects.toMatchObject({
      code: 'INTEGRITY',
    })
  }
  const size = { name: 'x', type: 'x', bytes: paxRecord('size', '-1') }
  await expect(readEntries(size, file)).rejects.toMatchObject({ code: 'INTEGRITY' })
})

test('a file or archive above its limit ends the reading before it is kept', async () => {
  await expect(readEntries({ name: 'package/a.wasm', size: 100_001 })).rejects.toMatchObject({
    code: 'SIZE_LIMIT',
  })
  await expect(readEntries({ name: 'x', type: 'x', size: 8 ** 11 - 1 })).rejects.toMatchObject({
    code: 'SIZE_LIMIT',
  })
  let given = 0
  const endless = async function* (): AsyncGenerator<Uint8Array> {
    yield tar([{ name: 'big', size: 8 ** 11 - 1 }]).subarray(0, 512)
    for (;;) {
      given += 65_536
      yield new Uint8Array(65_536)
    }
  }
  await expect(readTarFile(endless(), 'a', limits)).rejects.toMatchObject({ code: 'SIZE_LIMIT' })
  expect(given).toBeLessThan(limits.maxArchiveBytes + 65_536 * 2)
})

test('changed and random bytes give the file or a RegistryError, nothing else', async () => {
  const archive = tar([
    { name: 'p', type: 'x', bytes: paxRecord('path', 'package/a.wasm') },
    { name: 'short', bytes },
    { name: 'package/b.wasm', bytes },
  ])
  const change = fc.record({ at: fc.nat(archive.length - 1), to: fc.nat(255) })
  const input = fc.oneof(
    fc.array(change, { minLength: 1, maxLength: 4 }).map((changes) => {
      const copy = Uint8Array.from(archive)
      for (const { at, to } of changes) copy[at] = to
      return copy
    }),
    fc.uint8Array({ maxLength: 2048 }),
  )
  await fc.assert(
    fc.asyncProperty(input, async (data) => {
      const outcome = await read(data, 'package/a.wasm').catch((error: unknown) => error)
      expect(outcome instanceof Uint8Array || outcome instanceof RegistryError).toBe(true)
    }),
    { numRuns: 400 },
  )
})
