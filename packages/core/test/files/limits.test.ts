import { describe, expect, test } from 'vitest'
import { createVirtualFiles, restoreFiles } from '../../src/files/index.ts'
import { bytes, fresh, outcome, roomy, text } from './fresh.ts'

describe('the byte quota', () => {
  test('refuses a write that would pass it and changes nothing', () => {
    const files = fresh({ bytes: 10 })
    files.writeFile('/tmp/a', bytes('12345678'))
    const before = files.snapshot()
    expect(outcome(() => files.writeFile('/tmp/b', bytes('123')))).toBe('EDQUOT')
    expect(outcome(() => files.writeFile('/tmp/a', bytes('123'), { append: true }))).toBe('EDQUOT')
    expect(outcome(() => files.writeFile('/tmp/a', bytes('12345678901')))).toBe('EDQUOT')
    expect(outcome(() => files.symlink('abc', '/tmp/l'))).toBe('EDQUOT')
    expect(files.snapshot()).toEqual(before)
    files.writeFile('/tmp/a', bytes('1234567890'))
    expect(files.usage().bytes).toBe(10)
  })

  test('counts sparse sizes as they look, without taking memory', () => {
    const files = fresh({ bytes: 2 ** 31 })
    files.writeFile('/tmp/a', bytes('x'))
    const before = process.memoryUsage().arrayBuffers
    expect(outcome(() => files.truncate('/tmp/a', 2 ** 40))).toBe('EFBIG')
    expect(outcome(() => files.truncate('/tmp/a', 2 ** 31 + 1))).toBe('EDQUOT')
    expect(outcome(() => files.truncate('/tmp/a', -1))).toBe('EINVAL')
    expect(outcome(() => files.writeInode(files.stat('/tmp/a').ino, 2 ** 40, bytes('x')))).toBe(
      'EFBIG',
    )
    files.truncate('/tmp/a', 2 ** 31)
    expect(files.usage().bytes).toBe(2 ** 31)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1 << 20)
    files.truncate('/tmp/a', 1)
    expect(files.usage().bytes).toBe(1)
  })

  test('shows zeros, never old bytes, after a file shrank and grew', () => {
    const files = fresh()
    files.writeFile('/tmp/a', bytes('secret'))
    files.truncate('/tmp/a', 1)
    files.truncate('/tmp/a', 6)
    expect(text(files.readFile('/tmp/a'))).toBe('s\0\0\0\0\0')
    files.writeInode(files.stat('/tmp/a').ino, 8, bytes('!'))
    expect(text(files.readFile('/tmp/a'))).toBe('s\0\0\0\0\0\0\0!')
  })
})

describe('the inode quota', () => {
  test('counts files, folders and links', () => {
    const files = fresh({ inodes: 5 })
    files.writeFile('/tmp/a', bytes(''))
    files.makeDirectory('/tmp/b')
    files.symlink('a', '/tmp/c')
    expect(outcome(() => files.makeDirectory('/tmp/d'))).toBe('ENOSPC')
    expect(outcome(() => files.writeFile('/tmp/d', bytes('')))).toBe('ENOSPC')
    expect(outcome(() => files.makeDirectory('/tmp/x/y', { recursive: true }))).toBe('ENOSPC')
    files.remove('/tmp/c')
    expect(outcome(() => files.writeFile('/tmp/d', bytes('')))).toBe('ok')
  })

  test('must have room for the first two folders', () => {
    expect(outcome(() => createVirtualFiles({ quota: { bytes: 0, inodes: 1 } }))).toBe('ENOSPC')
    expect(outcome(() => createVirtualFiles({ quota: { bytes: Number.NaN, inodes: 5 } }))).toBe(
      'EINVAL',
    )
  })
})

describe('an open file', () => {
  test('lives without a name until it is released, and counts until then', () => {
    const files = fresh()
    files.writeFile('/tmp/a', bytes('held'))
    const { ino } = files.stat('/tmp/a')
    files.hold(ino)
    files.hold(ino)
    files.remove('/tmp/a')
    expect(files.exists('/tmp/a')).toBe(false)
    expect(files.statInode(ino).links).toBe(0)
    files.writeInode(ino, 4, bytes('!'))
    const into = new Uint8Array(9)
    expect(files.readInode(ino, 0, into)).toBe(5)
    expect(files.usage()).toEqual({ bytes: 5, inodes: 3 })
    expect(outcome(() => files.linkInode(ino, files.stat('/tmp').ino, 'back'))).toBe('ENOENT')
    files.release(ino)
    expect(files.usage()).toEqual({ bytes: 5, inodes: 3 })
    files.release(ino)
    expect(files.usage()).toEqual({ bytes: 0, inodes: 2 })
    expect(outcome(() => files.statInode(ino))).toBe('ENOENT')
    expect(outcome(() => files.release(ino))).toBe('ENOENT')
  })

  test('cannot be used to slip past the quota', () => {
    const files = fresh({ bytes: 10 })
    for (let n = 0; n < 3; n++) {
      const code = outcome(() => files.writeFile('/tmp/a', bytes('12345')))
      expect(code).toBe(n < 2 ? 'ok' : 'EDQUOT')
      if (code !== 'ok') continue
      files.hold(files.stat('/tmp/a').ino)
      files.remove('/tmp/a')
    }
  })

  test('folder that was removed takes no new entries', () => {
    const files = fresh()
    files.makeDirectory('/tmp/d')
    const { ino } = files.stat('/tmp/d')
    files.hold(ino)
    files.remove('/tmp/d')
    expect(outcome(() => files.make(ino, 'x', 'file'))).toBe('ENOENT')
    expect(files.listInode(ino)).toEqual([])
    files.release(ino)
    expect(outcome(() => files.listInode(ino))).toBe('ENOENT')
  })
})

describe('system files', () => {
  let made = 0
  const system = new Map<string, Uint8Array | (() => Uint8Array)>([
    ['/usr/lib/a.py', bytes('print(1)')],
    ['/usr/lib/lazy.py', () => (made++, bytes('lazy'))],
    ['/workspace/given/readme', bytes('read me')],
  ])

  test('are made when first needed and only once', () => {
    made = 0
    const files = fresh({}, system)
    expect(files.list('/usr/lib').map(({ name }) => name)).toEqual(['a.py', 'lazy.py'])
    expect(made).toBe(0)
    expect(files.stat('/usr/lib/lazy.py')).toMatchObject({ sizeBytes: 4, system: true })
    expect(text(files.readFile('/usr/lib/lazy.py'))).toBe('lazy')
    expect(made).toBe(1)
  })

  test('use no quota, stand in no snapshot and have negative inodes', () => {
    const files = fresh({ bytes: 0, inodes: 2 }, system)
    expect(files.usage()).toEqual({ bytes: 0, inodes: 2 })
    expect(files.stat('/usr/lib/a.py').ino).toBeLessThan(0)
    const plain = fresh()
    expect(files.snapshot()).toEqual(plain.snapshot())
    const back = restoreFiles(files.snapshot(), { quota: roomy, system })
    expect(text(back.readFile('/workspace/given/readme'))).toBe('read me')
  })

  const attempts: [string, (files: ReturnType<typeof fresh>) => void][] = [
    ['write', (files) => files.writeFile('/usr/lib/a.py', bytes('x'))],
    ['empty write', (files) => files.writeFile('/usr/lib/a.py', bytes(''))],
    ['truncate', (files) => files.truncate('/usr/lib/a.py', 0)],
    ['touch', (files) => files.touch('/usr/lib/a.py', 1, 1)],
    ['remove', (files) => files.remove('/usr/lib/a.py')],
    ['remove whole', (files) => files.remove('/usr', { recursive: true })],
    ['remove of a folder above one', (files) => files.remove('/workspace', { recursive: true })],
    ['rename', (files) => files.rename('/usr/lib/a.py', '/tmp/a.py')],
    ['rename of the folder', (files) => files.rename('/usr', '/tmp/usr')],
    ['rename of a folder above one', (files) => files.rename('/workspace', '/tmp/w')],
    ['replacing rename', (files) => files.rename('/tmp/mine', '/usr/lib/a.py')],
    ['rename into a system folder', (files) => files.rename('/tmp/mine', '/usr/lib/b.py')],
    ['new file', (files) => files.writeFile('/usr/lib/new', bytes(''))],
    ['new folder', (files) => files.makeDirectory('/usr/new')],
    ['hard link', (files) => files.link('/usr/lib/a.py', '/tmp/a.py')],
    ['copy over', (files) => files.copy('/tmp/mine', '/usr/lib/a.py', { overwrite: true })],
    ['copy into', (files) => files.copy('/tmp/mine', '/usr/lib/b.py')],
  ]
  test.each(attempts)('refuse a %s with EROFS', (_name, attempt) => {
    const files = fresh({}, system)
    files.writeFile('/tmp/mine', bytes('m'))
    const before = files.snapshot()
    expect(outcome(() => attempt(files))).toBe('EROFS')
    expect(files.snapshot()).toEqual(before)
    expect(text(files.readFile('/usr/lib/a.py'))).toBe('print(1)')
  })

  test('copy out as ordinary files', () => {
    const files = fresh({}, system)
    files.copy('/usr', '/tmp/usr', { recursive: true })
    files.writeFile('/tmp/usr/lib/a.py', bytes('mine'))
    expect(text(files.readFile('/usr/lib/a.py'))).toBe('print(1)')
  })

  test('refuse a place that is taken', () => {
    const files = fresh()
    files.writeFile('/usr', bytes('mine'))
    expect(outcome(() => restoreFiles(files.snapshot(), { quota: roomy, system }))).toBe('ENOTDIR')
    expect(outcome(() => fresh({}, new Map([['relative', bytes('')]])))).toBe('EINVAL')
    expect(outcome(() => fresh({}, new Map([['/tmp', bytes('')]])))).toBe('EEXIST')
  })
})

describe('times', () => {
  test('follow content, names and touch', () => {
    const files = fresh()
    files.writeFile('/tmp/a', bytes('1'))
    const first = files.stat('/tmp/a')
    files.writeFile('/tmp/a', bytes('2'))
    expect(files.stat('/tmp/a').modifiedAtMs).toBeGreaterThan(first.modifiedAtMs)
    files.touch('/tmp/a', 1.5, 2.25)
    expect(files.stat('/tmp/a')).toMatchObject({ accessedAtMs: 1.5, modifiedAtMs: 2.25 })
    expect(outcome(() => files.touch('/tmp/a', Number.NaN, 0))).toBe('EINVAL')
    const folder = files.stat('/tmp').modifiedAtMs
    files.remove('/tmp/a')
    expect(files.stat('/tmp').modifiedAtMs).toBeGreaterThan(folder)
  })
})
