import { describe, expect, test } from 'vitest'
import { ContainerError } from '../../src/errors.ts'
import { FilesError, rootInode } from '../../src/files/index.ts'
import { bytes, fresh, outcome, text } from './fresh.ts'

describe('a fresh tree', () => {
  test('has the writable folders /workspace and /tmp and nothing else', () => {
    const files = fresh()
    expect(files.list('/').map(({ name, kind }) => [name, kind])).toEqual([
      ['workspace', 'directory'],
      ['tmp', 'directory'],
    ])
    files.writeFile('/workspace/a', bytes('1'))
    files.writeFile('/tmp/b', bytes('2'))
    expect(files.usage()).toEqual({ bytes: 2, inodes: 4 })
  })
})

describe('walking a path', () => {
  test('stops `..` at the root', () => {
    const files = fresh()
    files.writeFile('/workspace/a', bytes('here'))
    expect(text(files.readFile('/../../workspace/../../workspace/./a'))).toBe('here')
  })

  test('follows links in the middle, relative and absolute', () => {
    const files = fresh()
    files.makeDirectory('/workspace/real')
    files.writeFile('/workspace/real/f', bytes('x'))
    files.symlink('real', '/workspace/near')
    files.symlink('/workspace/near', '/tmp/far')
    files.symlink('../../../workspace/real/f', '/tmp/up')
    expect(text(files.readFile('/tmp/far/f'))).toBe('x')
    expect(text(files.readFile('/tmp/up'))).toBe('x')
    expect(files.stat('/tmp/far/../real/f').ino).toBe(files.stat('/workspace/real/f').ino)
    expect(files.lstat('/tmp/far')).toMatchObject({ kind: 'symlink', sizeBytes: 15 })
  })

  test.each([
    ['a loop of one', [['/tmp/l', 'l']], '/tmp/l'],
    [
      'a loop of two',
      [
        ['/tmp/a', '/tmp/b'],
        ['/tmp/b', 'a'],
      ],
      '/tmp/a/x',
    ],
    ['a link that grows while it is followed', [['/tmp/g', 'g/g']], '/tmp/g'],
  ])('refuses %s with ELOOP', (_name, links, path) => {
    const files = fresh()
    for (const [at, target] of links) files.symlink(target ?? '', at ?? '')
    expect(outcome(() => files.stat(path))).toBe('ELOOP')
    expect(files.exists(path)).toBe(false)
  })

  test('follows 40 links on one path but not 41', () => {
    const files = fresh()
    files.writeFile('/tmp/0', bytes('end'))
    for (let n = 1; n <= 41; n++) files.symlink(`${n - 1}`, `/tmp/${n}`)
    expect(text(files.readFile('/tmp/40'))).toBe('end')
    expect(outcome(() => files.readFile('/tmp/41'))).toBe('ELOOP')
  })

  test.each([
    ['/workspace/f/', 'ENOTDIR'],
    ['/workspace/f/x', 'ENOTDIR'],
    ['/workspace/f/.', 'ENOTDIR'],
    ['/workspace/f/..', 'ENOTDIR'],
    ['/workspace/none', 'ENOENT'],
    ['/workspace/none/..', 'ENOENT'],
    ['', 'EINVAL'],
    ['workspace', 'EINVAL'],
    ['/workspace/\0', 'EINVAL'],
    ['/workspace/\ud800', 'EINVAL'],
    [`/${'n'.repeat(256)}`, 'ENAMETOOLONG'],
    [`/${'한'.repeat(86)}`, 'ENAMETOOLONG'],
    ['/'.repeat(5000), 'ENAMETOOLONG'],
    ['//workspace//f', 'ok'],
    ['/workspace/', 'ok'],
    ['/', 'ok'],
  ])('answers stat(%j) with %s', (path, expected) => {
    const files = fresh()
    files.writeFile('/workspace/f', bytes(''))
    expect(outcome(() => files.stat(path))).toBe(expected)
  })

  test('keeps unicode names as they are, up to 255 bytes', () => {
    const files = fresh()
    const names = ['한글.txt', 'é', 'e\u0301', '😀', '한'.repeat(85)]
    for (const name of names) files.writeFile(`/tmp/${name}`, bytes(name))
    expect(files.list('/tmp').map(({ name }) => name)).toEqual(names)
    for (const name of names) expect(text(files.readFile(`/tmp/${name}`))).toBe(name)
  })
})

describe('writing', () => {
  test('creates the file but not its parents, appends, and replaces', () => {
    const files = fresh()
    files.writeFile('/tmp/f', bytes('one'))
    files.writeFile('/tmp/f', bytes(' two'), { append: true })
    expect(text(files.readFile('/tmp/f'))).toBe('one two')
    files.writeFile('/tmp/f', bytes('3'))
    expect(text(files.readFile('/tmp/f'))).toBe('3')
    files.writeFile('/tmp/f', bytes(''))
    expect(files.stat('/tmp/f').sizeBytes).toBe(0)
    expect(outcome(() => files.writeFile('/tmp/none/f', bytes('')))).toBe('ENOENT')
    expect(outcome(() => files.writeFile('/tmp', bytes('')))).toBe('EISDIR')
    expect(outcome(() => files.writeFile('/tmp/new/', bytes('')))).toBe('EISDIR')
  })

  test('writes through a link, even to a target that is not there yet', () => {
    const files = fresh()
    files.symlink('/workspace/made', '/tmp/link')
    files.writeFile('/tmp/link', bytes('through'))
    expect(text(files.readFile('/workspace/made'))).toBe('through')
  })

  test('refuses an existing file or link when exclusive', () => {
    const files = fresh()
    files.symlink('/workspace/none', '/tmp/link')
    expect(outcome(() => files.writeFile('/tmp/link', bytes(''), { exclusive: true }))).toBe(
      'EEXIST',
    )
    files.writeFile('/tmp/f', bytes(''), { exclusive: true })
    expect(outcome(() => files.writeFile('/tmp/f', bytes(''), { exclusive: true }))).toBe('EEXIST')
  })

  test('refuses to read more than the caller takes', () => {
    const files = fresh()
    files.writeFile('/tmp/f', bytes('12345'))
    expect(outcome(() => files.readFile('/tmp/f', { maxBytes: 4 }))).toBe('EFBIG')
    expect(files.readFile('/tmp/f', { maxBytes: 5 })).toHaveLength(5)
  })

  test('gives out copies, never its own bytes', () => {
    const files = fresh()
    const mine = bytes('abc')
    files.writeFile('/tmp/f', mine)
    mine.fill(0)
    files.readFile('/tmp/f').fill(0)
    expect(text(files.readFile('/tmp/f'))).toBe('abc')
  })
})

describe('folders', () => {
  test('are made with their parents on request, through links', () => {
    const files = fresh()
    files.symlink('/workspace', '/tmp/w')
    files.makeDirectory('/tmp/w/a/b/./c/', { recursive: true })
    files.makeDirectory('/workspace/a/b/c', { recursive: true })
    expect(files.stat('/workspace/a/b/c').kind).toBe('directory')
    expect(outcome(() => files.makeDirectory('/workspace/a'))).toBe('EEXIST')
    expect(outcome(() => files.makeDirectory('/workspace/x/y'))).toBe('ENOENT')
    files.writeFile('/workspace/f', bytes(''))
    expect(outcome(() => files.makeDirectory('/workspace/f/x', { recursive: true }))).toBe(
      'ENOTDIR',
    )
    expect(outcome(() => files.makeDirectory('/workspace/x/../y', { recursive: true }))).toBe(
      'ENOENT',
    )
    expect(files.exists('/workspace/x')).toBe(false)
  })

  test('are removed empty, or whole on request; links in them are not followed', () => {
    const files = fresh()
    files.makeDirectory('/workspace/d/e', { recursive: true })
    files.writeFile('/workspace/keep', bytes('k'))
    files.symlink('/workspace', '/workspace/d/e/out')
    expect(outcome(() => files.remove('/workspace/d'))).toBe('ENOTEMPTY')
    files.remove('/workspace/d', { recursive: true })
    expect(files.list('/workspace').map(({ name }) => name)).toEqual(['keep'])
    expect(files.usage()).toEqual({ bytes: 1, inodes: 3 })
    expect(outcome(() => files.remove('/', { recursive: true }))).toBe('EINVAL')
    expect(outcome(() => files.remove('/tmp/.'))).toBe('EINVAL')
  })

  test('a link to a folder with a trailing slash is not the folder when removed or moved', () => {
    const files = fresh()
    files.symlink('/workspace', '/tmp/w')
    expect(outcome(() => files.remove('/tmp/w/'))).toBe('ENOTDIR')
    expect(outcome(() => files.rename('/tmp/w/', '/tmp/x'))).toBe('ENOTDIR')
    files.remove('/tmp/w')
    expect(files.exists('/workspace')).toBe(true)
  })

  test('nest 20,000 deep and go away whole', () => {
    const files = fresh({ inodes: 30_000 })
    let folder = files.stat('/tmp').ino
    for (let n = 0; n < 20_000; n++) folder = files.make(folder, 'd', 'directory')
    expect(outcome(() => files.copy('/tmp/d', '/workspace/d', { recursive: true }))).toBe('ENOSPC')
    expect(files.usage().inodes).toBe(20_002)
    expect(files.snapshot().length).toBeGreaterThan(20_000)
    files.remove('/tmp/d', { recursive: true })
    expect(files.usage().inodes).toBe(2)
  })
})

describe('renaming', () => {
  const cases: [string, string, string][] = [
    ['/tmp/f', '/tmp/f', 'ok'],
    ['/tmp/f', '/tmp/g', 'ok'],
    ['/tmp/f', '/tmp/d', 'EISDIR'],
    ['/tmp/d', '/tmp/f', 'ENOTDIR'],
    ['/tmp/d', '/tmp/d', 'ok'],
    ['/tmp/d', '/tmp/d/x', 'EINVAL'],
    ['/tmp/d', '/tmp/d/e/x', 'EINVAL'],
    ['/tmp/d', '/tmp/full', 'ENOTEMPTY'],
    ['/tmp/d', '/tmp/empty', 'ok'],
    ['/tmp/none', '/tmp/x', 'ENOENT'],
    ['/tmp/f', '/tmp/none/x', 'ENOENT'],
    ['/tmp/f', '/tmp/x/', 'ENOTDIR'],
    ['/tmp/d/', '/tmp/x/', 'ok'],
    ['/', '/tmp/x', 'EINVAL'],
    ['/tmp/d', '/', 'EINVAL'],
    ['/tmp/f', `/tmp/${'n'.repeat(256)}`, 'ENAMETOOLONG'],
  ]
  test.each(cases)('%s → %s is %s', (from, to, expected) => {
    const files = fresh()
    files.makeDirectory('/tmp/d/e', { recursive: true })
    files.makeDirectory('/tmp/full/x', { recursive: true })
    files.makeDirectory('/tmp/empty')
    files.writeFile('/tmp/f', bytes('f'))
    files.writeFile('/tmp/g', bytes('gg'))
    const before = files.snapshot()
    expect(outcome(() => files.rename(from, to))).toBe(expected)
    if (expected !== 'ok') expect(files.snapshot()).toEqual(before)
  })

  test('replaces a file and gives its bytes back to the quota', () => {
    const files = fresh()
    files.writeFile('/tmp/a', bytes('aaa'))
    files.writeFile('/tmp/b', bytes('b'))
    files.rename('/tmp/b', '/tmp/a')
    expect(text(files.readFile('/tmp/a'))).toBe('b')
    expect(files.usage()).toEqual({ bytes: 1, inodes: 3 })
  })

  test('between two names of one file changes nothing', () => {
    const files = fresh()
    files.writeFile('/tmp/a', bytes('a'))
    files.link('/tmp/a', '/tmp/b')
    files.rename('/tmp/a', '/tmp/b')
    expect(files.list('/tmp').map(({ name }) => name)).toEqual(['a', 'b'])
  })

  test('moves `..` of a folder along', () => {
    const files = fresh()
    files.makeDirectory('/tmp/d')
    files.rename('/tmp/d', '/workspace/d')
    expect(files.lookup(files.stat('/workspace/d').ino, '..', { followLast: true }).ino).toBe(
      files.stat('/workspace').ino,
    )
  })
})

describe('hard links', () => {
  test('count, share bytes, and each name counts in the inode quota', () => {
    const files = fresh()
    files.writeFile('/tmp/a', bytes('shared'))
    files.link('/tmp/a', '/workspace/b')
    expect(files.stat('/tmp/a')).toMatchObject({ links: 2, ino: files.stat('/workspace/b').ino })
    expect(files.usage()).toEqual({ bytes: 6, inodes: 4 })
    files.remove('/tmp/a')
    expect(files.stat('/workspace/b').links).toBe(1)
    expect(text(files.readFile('/workspace/b'))).toBe('shared')
    expect(files.usage()).toEqual({ bytes: 6, inodes: 3 })
  })

  test('are refused for folders and onto existing names', () => {
    const files = fresh()
    files.writeFile('/tmp/a', bytes(''))
    expect(outcome(() => files.link('/tmp', '/workspace/t'))).toBe('EPERM')
    expect(outcome(() => files.link('/tmp/a', '/tmp/a'))).toBe('EEXIST')
    expect(outcome(() => files.link('/tmp/none', '/tmp/b'))).toBe('ENOENT')
  })

  test('end at the inode quota, so names cannot fill the memory of the host', () => {
    const files = fresh({ inodes: 50 })
    files.writeFile('/tmp/a', bytes(''))
    const made = Array.from({ length: 100 }, (_, n) =>
      outcome(() => files.link('/tmp/a', `/tmp/${n}`)),
    )
    expect(made.filter((code) => code === 'ok')).toHaveLength(47)
    expect(made.at(-1)).toBe('ENOSPC')
  })
})

describe('copying', () => {
  test('copies a folder with its links, merges on overwrite, and refuses half-done work', () => {
    const files = fresh({ bytes: 40 })
    files.makeDirectory('/tmp/d/e', { recursive: true })
    files.writeFile('/tmp/d/f', bytes('12345'))
    files.symlink('f', '/tmp/d/l')
    files.copy('/tmp/d', '/workspace/c', { recursive: true })
    expect(files.list('/workspace/c').map(({ name, kind }) => [name, kind])).toEqual([
      ['e', 'directory'],
      ['f', 'file'],
      ['l', 'symlink'],
    ])
    expect(outcome(() => files.copy('/tmp/d', '/workspace/c', { recursive: true }))).toBe('EEXIST')
    files.writeFile('/workspace/c/extra', bytes('x'))
    files.writeFile('/tmp/d/f', bytes('54321'))
    files.copy('/tmp/d', '/workspace/c', { recursive: true, overwrite: true })
    expect(text(files.readFile('/workspace/c/f'))).toBe('54321')
    expect(files.exists('/workspace/c/extra')).toBe(true)
    files.writeFile('/tmp/d/big', new Uint8Array(20))
    const before = files.snapshot()
    expect(outcome(() => files.copy('/tmp/d', '/workspace/d2', { recursive: true }))).toBe('EDQUOT')
    expect(files.snapshot()).toEqual(before)
  })

  test.each([
    ['/tmp/d', '/tmp/d/inside', 'EINVAL'],
    ['/tmp/d', '/tmp/d/e/inside', 'EINVAL'],
    ['/', '/tmp/all', 'EINVAL'],
    ['/tmp/d', '/tmp/d', 'EINVAL'],
    ['/tmp/f', '/tmp/f', 'EINVAL'],
    ['/tmp/f', '/tmp/hard', 'EINVAL'],
    ['/tmp/f', '/tmp/d', 'EISDIR'],
    ['/tmp/d', '/tmp/f', 'ENOTDIR'],
    ['/tmp/none', '/tmp/x', 'ENOENT'],
    ['/tmp/f', '/tmp/x/', 'EISDIR'],
  ])('%s → %s is %s', (from, to, expected) => {
    const files = fresh()
    files.makeDirectory('/tmp/d/e', { recursive: true })
    files.writeFile('/tmp/f', bytes('f'))
    files.link('/tmp/f', '/tmp/hard')
    const before = files.snapshot()
    expect(outcome(() => files.copy(from, to, { recursive: true, overwrite: true }))).toBe(expected)
    expect(files.snapshot()).toEqual(before)
  })

  test('refuses a folder without `recursive`', () => {
    expect(outcome(() => fresh().copy('/tmp', '/workspace/t'))).toBe('EISDIR')
  })

  test('keeps a sparse file sparse', () => {
    const files = fresh({ bytes: 1 << 30 })
    files.writeFile('/tmp/s', bytes('head'))
    files.truncate('/tmp/s', 1 << 28)
    files.copy('/tmp/s', '/tmp/t')
    expect(files.stat('/tmp/t').sizeBytes).toBe(1 << 28)
    expect(files.snapshot().length).toBeLessThan(1000)
  })
})

describe('an error', () => {
  test('carries its code, its path and a message that says both', () => {
    const files = fresh()
    expect(() => files.readFile('/tmp/none')).toThrow(FilesError)
    expect(() => files.readFile('/tmp/none')).toThrow(
      expect.objectContaining({
        code: 'ENOENT',
        path: '/tmp/none',
        message: 'ENOENT: no such file or folder: /tmp/none',
      }),
    )
    expect(files.stat('/').ino).toBe(rootInode)
  })
})

test('what is refused is a ContainerError with a POSIX code', () => {
  const error = new FilesError('ENOENT', '/a')
  expect(error).toBeInstanceOf(ContainerError)
  expect(error).toMatchObject({ name: 'FilesError', code: 'ENOENT', path: '/a' })
})
