import { describe, expect, test } from 'vitest'
import { Errno, type SystemCallName } from '../../src/wasi/index.ts'
import { allRights, HandGuest, root } from './by-hand.ts'

const creat = 1
const directory = 2
const excl = 4
const trunc = 8
const append = 1

function withFile(content = 'hello world'): HandGuest {
  const guest = new HandGuest()
  guest.files.writeFile('/workspace/f', new TextEncoder().encode(content))
  return guest
}

describe('path_open', () => {
  const cases: [string, string, number, number][] = [
    ['an existing file', 'workspace/f', 0, Errno.success],
    ['a missing file', 'workspace/none', 0, Errno.noent],
    ['a missing folder on the way', 'none/f', creat, Errno.noent],
    ['a file on the way', 'workspace/f/x', creat, Errno.notdir],
    ['a new file', 'workspace/new', creat, Errno.success],
    ['a new file with a trailing slash', 'workspace/new/', creat, Errno.isdir],
    ['an existing file that must be new', 'workspace/f', creat | excl, Errno.exist],
    ['a link that must be new', 'workspace/dangling', creat | excl, Errno.exist],
    ['a dangling link', 'workspace/dangling', 0, Errno.noent],
    ['a dangling link to create', 'workspace/dangling', creat, Errno.success],
    ['a file as a folder', 'workspace/f', directory, Errno.notdir],
    ['a file with a trailing slash', 'workspace/f/', 0, Errno.notdir],
    ['a folder as a folder', 'workspace', directory, Errno.success],
    ['a folder to write', 'workspace', 0, Errno.isdir],
    ['a folder to truncate', 'workspace', trunc | directory, Errno.isdir],
    ['a new folder', 'workspace/d', creat | directory, Errno.inval],
    ['unknown flags', 'workspace/f', 16, Errno.inval],
    ['the empty path', '', 0, Errno.noent],
    ['an absolute path', '/workspace/f', 0, Errno.notcapable],
    ['a path above the folder', '../f', 0, Errno.notcapable],
    ['a path that goes up and comes back', 'workspace/../../workspace/f', 0, Errno.notcapable],
    ['a path that goes up inside', 'workspace/../workspace/f', 0, Errno.success],
    ['a loop of links', 'workspace/loop', 0, Errno.loop],
    ['a link out of the tree', 'workspace/out', 0, Errno.notcapable],
    ['an absolute link', 'workspace/abs', 0, Errno.success],
    ['a name of 256 bytes', 'n'.repeat(256), creat, Errno.nametoolong],
    ['a path of 5,000 bytes', 'a/'.repeat(2500), creat, Errno.nametoolong],
    ['a name with NUL', 'workspace/a\0b', creat, Errno.inval],
    ['a device', 'dev/null', 0, Errno.success],
    ['a new file among the devices', 'dev/new', creat, Errno.rofs],
    ['a path through a device', 'dev/null/x', 0, Errno.notdir],
  ]
  test.each(cases)('%s', (...[, path, oflags, expected]) => {
    const guest = withFile()
    guest.files.symlink('loop', '/workspace/loop')
    guest.files.symlink('nowhere', '/workspace/dangling')
    guest.files.symlink('../../etc/passwd', '/workspace/out')
    guest.files.symlink('/workspace/f', '/workspace/abs')
    expect(guest.open(path, { oflags }).errno).toBe(expected)
  })

  test('answers a link that may not be followed with loop', () => {
    const guest = withFile()
    guest.files.symlink('f', '/workspace/l')
    expect(guest.open('workspace/l', { follow: false }).errno).toBe(Errno.loop)
    expect(guest.open('workspace/l').errno).toBe(Errno.success)
  })

  test('empties a file with trunc', () => {
    const guest = withFile()
    guest.open('workspace/f', { oflags: trunc })
    expect(guest.stat('workspace/f').size).toBe(0n)
  })

  test('gives at most 256 descriptors, and a refused one makes no file', () => {
    const guest = withFile()
    let last = { errno: 0, fd: 0 }
    for (let n = 0; n < 300 && last.errno === 0; n++) last = guest.open('workspace/f')
    expect(last.errno).toBe(Errno.mfile)
    expect(guest.open('workspace/new', { oflags: creat }).errno).toBe(Errno.mfile)
    expect(guest.stat('workspace/new').errno).toBe(Errno.noent)
    expect(guest.call('fd_close', 200)).toBe(Errno.success)
    expect(guest.open('workspace/f')).toEqual({ errno: 0, fd: 200 })
  })

  test('refuses bytes that are no UTF-8', () => {
    const guest = withFile()
    const [at, length] = guest.put(Uint8Array.from([0x77, 0xff]))
    expect(
      guest.call('path_open', root, 0, at, length, creat, allRights, 0n, 0, guest.take(4)),
    ).toBe(Errno.ilseq)
  })
})

describe('rights', () => {
  test('are passed on but never grow', () => {
    const guest = withFile()
    const read = 1n << 1n
    const { fd } = guest.open('workspace', {
      oflags: directory,
      rights: allRights,
      inheriting: read,
    })
    const file = guest.open('f', { dir: fd, rights: allRights }).fd
    expect(guest.read(file, 5).text).toBe('hello')
    expect(guest.write(file, 'x').errno).toBe(Errno.notcapable)
    expect(guest.call('fd_fdstat_set_rights', file, read | (1n << 6n), 0n)).toBe(Errno.notcapable)
    expect(guest.call('fd_fdstat_set_rights', file, 0n, 0n)).toBe(Errno.success)
    expect(guest.read(file, 5).errno).toBe(Errno.notcapable)
  })

  test('of a folder hold for every path call', () => {
    const guest = withFile()
    const { fd } = guest.open('workspace', { oflags: directory, rights: 0n, inheriting: 0n })
    const [at, length] = guest.put('f')
    const attempts: [SystemCallName, (number | bigint)[]][] = [
      ['path_open', [fd, 0, at, length, 0, 0n, 0n, 0, guest.take(4)]],
      ['path_create_directory', [fd, at, length]],
      ['path_filestat_get', [fd, 0, at, length, guest.take(64)]],
      ['path_filestat_set_times', [fd, 0, at, length, 0n, 0n, 2]],
      ['path_link', [fd, 0, at, length, root, at, length]],
      ['path_readlink', [fd, at, length, at, 1, guest.take(4)]],
      ['path_remove_directory', [fd, at, length]],
      ['path_rename', [fd, at, length, root, at, length]],
      ['path_symlink', [at, length, fd, at, length]],
      ['path_unlink_file', [fd, at, length]],
      ['fd_readdir', [fd, at, 10, 0n, guest.take(4)]],
      ['fd_filestat_get', [fd, guest.take(64)]],
      ['fd_sync', [fd]],
    ]
    for (const [name, args] of attempts)
      expect([name, guest.call(name, ...args)]).toEqual([name, Errno.notcapable])
  })
})

describe('reading and writing', () => {
  test('moves one offset, over several buffers', () => {
    const guest = withFile()
    const { fd } = guest.open('workspace/f')
    const first = guest.take(5)
    const second = guest.take(50)
    const result = guest.take(4)
    expect(
      guest.call('fd_read', fd, ...guest.iovs([first, 5], [second, 0], [second, 50]), result),
    ).toBe(0)
    expect(guest.view.getUint32(result, true)).toBe(11)
    expect(guest.text(first, 5) + guest.text(second, 6)).toBe('hello world')
    expect(guest.read(fd, 5)).toEqual({ errno: 0, text: '' })
    expect(guest.write(fd, '!')).toEqual({ errno: 0, count: 1 })
    expect(guest.u64('fd_tell', fd).value).toBe(12n)
  })

  test('reaches the files in the call itself', () => {
    const guest = withFile('')
    const { fd } = guest.open('workspace/f')
    guest.write(fd, 'now')
    expect(guest.files.stat('/workspace/f').sizeBytes).toBe(3)
  })

  test('appends wherever the offset is, and only while the flag is set', () => {
    const guest = withFile('ab')
    const { fd } = guest.open('workspace/f', { fdflags: append })
    guest.write(fd, 'c')
    expect(guest.u64('fd_seek', fd, 0n, 0).value).toBe(0n)
    guest.write(fd, 'd')
    const iovs = guest.iovs(guest.put('e'))
    expect(guest.call('fd_pwrite', fd, ...iovs, 0n, guest.take(4))).toBe(0)
    expect(guest.call('fd_fdstat_set_flags', fd, 0)).toBe(0)
    guest.u64('fd_seek', fd, 0n, 0)
    guest.write(fd, 'X')
    expect(new TextDecoder().decode(guest.files.readFile('/workspace/f'))).toBe('Xbcde')
    expect(guest.call('fd_fdstat_set_flags', fd, 64)).toBe(Errno.inval)
  })

  test('pread and pwrite leave the offset alone', () => {
    const guest = withFile()
    const { fd } = guest.open('workspace/f')
    const into = guest.take(5)
    expect(guest.call('fd_pread', fd, ...guest.iovs([into, 5]), 6n, guest.take(4))).toBe(0)
    expect(guest.text(into, 5)).toBe('world')
    expect(guest.call('fd_pwrite', fd, ...guest.iovs(guest.put('W')), 6n, guest.take(4))).toBe(0)
    expect(guest.call('fd_pread', fd, ...guest.iovs([into, 5]), -1n, guest.take(4))).toBe(
      Errno.inval,
    )
    expect(guest.u64('fd_tell', fd).value).toBe(0n)
    expect(guest.read(fd, 11).text).toBe('hello World')
  })

  test('seeks from start, here and end, never before the start', () => {
    const guest = withFile()
    const { fd } = guest.open('workspace/f')
    expect(guest.u64('fd_seek', fd, -5n, 2)).toEqual({ errno: 0, value: 6n })
    expect(guest.u64('fd_seek', fd, 2n, 1)).toEqual({ errno: 0, value: 8n })
    expect(guest.u64('fd_seek', fd, -9n, 1).errno).toBe(Errno.inval)
    expect(guest.u64('fd_seek', fd, 0n, 3).errno).toBe(Errno.inval)
    expect(guest.u64('fd_seek', fd, 2n ** 63n - 1n, 1).errno).toBe(Errno.inval)
    expect(guest.u64('fd_tell', fd).value).toBe(8n)
  })

  test('of folders and streams is refused by what they are', () => {
    const guest = withFile()
    expect(guest.write(root, 'x').errno).toBe(Errno.isdir)
    expect(guest.u64('fd_seek', root, 0n, 0).errno).toBe(Errno.isdir)
    expect(guest.u64('fd_seek', 1, 0n, 0).errno).toBe(Errno.spipe)
    expect(guest.write(0, 'x').errno).toBe(Errno.notcapable)
    expect(guest.read(1, 1).errno).toBe(Errno.notcapable)
    expect(guest.read(99, 1).errno).toBe(Errno.badf)
    expect(guest.read(-1, 1).errno).toBe(Errno.badf)
  })

  test('counts what fitted when the quota ends in the middle', () => {
    const guest = new HandGuest({ quota: { bytes: 5, inodes: 10 } })
    const { fd } = guest.open('tmp/f', { oflags: creat })
    const result = guest.take(4)
    expect(
      guest.call('fd_write', fd, ...guest.iovs(guest.put('1234'), guest.put('5678')), result),
    ).toBe(0)
    expect(guest.view.getUint32(result, true)).toBe(4)
    expect(guest.write(fd, '5678').errno).toBe(Errno.dquot)
  })
})

describe('an open file', () => {
  test('stays readable after it was removed, until it is closed', () => {
    const guest = withFile()
    const { fd } = guest.open('workspace/f')
    expect(guest.call('path_unlink_file', root, ...guest.put('workspace/f'))).toBe(0)
    expect(guest.read(fd, 5).text).toBe('hello')
    expect(guest.fstat(fd).links).toBe(0n)
    expect(guest.files.usage().bytes).toBe(11)
    expect(guest.call('fd_close', fd)).toBe(0)
    expect(guest.files.usage().bytes).toBe(0)
    expect(guest.call('fd_close', fd)).toBe(Errno.badf)
  })

  test('moves to another number, closing what was there', () => {
    const guest = withFile()
    const a = guest.open('workspace/f').fd
    const b = guest.open('workspace/f').fd
    guest.read(a, 6)
    expect(guest.call('fd_renumber', a, b)).toBe(0)
    expect(guest.read(a, 1).errno).toBe(Errno.badf)
    expect(guest.read(b, 5).text).toBe('world')
    expect(guest.call('fd_renumber', b, b)).toBe(0)
    expect(guest.call('fd_renumber', b, 77)).toBe(Errno.badf)
    expect(guest.read(b, 1).errno).toBe(0)
  })

  test('is resized, allocated, advised and synced', () => {
    const guest = withFile()
    const { fd } = guest.open('workspace/f')
    expect(guest.call('fd_filestat_set_size', fd, 3n)).toBe(0)
    expect(guest.call('fd_allocate', fd, 1n, 1n)).toBe(0)
    expect(guest.fstat(fd).size).toBe(3n)
    expect(guest.call('fd_allocate', fd, 3n, 4n)).toBe(0)
    expect(guest.read(fd, 20).text).toBe('hel\0\0\0\0')
    expect(guest.call('fd_allocate', fd, 0n, 0n)).toBe(Errno.inval)
    expect(guest.call('fd_allocate', fd, 0n, 1n << 40n)).toBe(Errno.fbig)
    expect(guest.call('fd_filestat_set_size', fd, 1n << 30n)).toBe(Errno.dquot)
    expect(guest.call('fd_filestat_set_size', fd, -1n)).toBe(Errno.inval)
    expect(guest.call('fd_advise', fd, 0n, 0n, 5)).toBe(0)
    expect(guest.call('fd_advise', fd, 0n, 0n, 6)).toBe(Errno.inval)
    expect(guest.call('fd_sync', fd)).toBe(0)
    expect(guest.call('fd_datasync', fd)).toBe(0)
    expect(guest.call('fd_allocate', root, 0n, 1n)).toBe(Errno.isdir)
  })

  test('tells and takes times', () => {
    const guest = new HandGuest({ clock: { realtimeNs: () => 5_000_000n, monotonicNs: () => 0n } })
    const { fd } = guest.open('tmp/f', { oflags: creat })
    expect(guest.call('fd_filestat_set_times', fd, 1_000_001n, 2_500_000n, 1 | 4)).toBe(0)
    expect(guest.fstat(fd)).toMatchObject({ atim: 1_000_001n, mtim: 2_500_000n })
    expect(guest.call('fd_filestat_set_times', fd, 9n, 9n, 8)).toBe(0)
    expect(guest.fstat(fd)).toMatchObject({ atim: 1_000_001n, mtim: 5_000_000n })
    expect(guest.call('fd_filestat_set_times', fd, 9n, 9n, 3)).toBe(Errno.inval)
    expect(guest.call('fd_filestat_set_times', fd, 9n, 9n, 12)).toBe(Errno.inval)
    expect(guest.call('fd_filestat_set_times', fd, 9n, 9n, 16)).toBe(Errno.inval)
    expect(
      guest.call('path_filestat_set_times', root, 0, ...guest.put('tmp/f'), 7_000_000n, 0n, 1),
    ).toBe(0)
    expect(guest.stat('tmp/f').atim).toBe(7_000_000n)
  })
})

describe('fd_fdstat_get and the preopens', () => {
  test('say what each descriptor is', () => {
    const guest = withFile()
    const typeOf = (fd: number): number => {
      const at = guest.take(24)
      expect(guest.call('fd_fdstat_get', fd, at)).toBe(0)
      return guest.view.getUint8(at)
    }
    expect(
      [0, 1, 2, root, guest.open('workspace/f').fd, guest.open('dev/null').fd].map(typeOf),
    ).toEqual([6, 6, 6, 3, 4, 2])
  })

  test('name the folders that are open at the start, and no other', () => {
    const guest = new HandGuest({ preopens: ['/workspace', '/tmp'] })
    const at = guest.take(16)
    expect(guest.call('fd_prestat_get', 4, at)).toBe(0)
    expect([guest.view.getUint32(at, true), guest.view.getUint32(at + 4, true)]).toEqual([0, 4])
    expect(guest.call('fd_prestat_dir_name', 4, at, 4)).toBe(0)
    expect(guest.text(at, 4)).toBe('/tmp')
    expect(guest.call('fd_prestat_dir_name', 4, at, 3)).toBe(Errno.nametoolong)
    expect(guest.call('fd_prestat_get', 5, at)).toBe(Errno.badf)
    expect(guest.call('fd_prestat_get', 1, at)).toBe(Errno.badf)
  })

  test('cannot be left, also not by an absolute link', () => {
    const guest = new HandGuest({ preopens: ['/workspace'] })
    guest.files.writeFile('/tmp/secret', new TextEncoder().encode('s'))
    guest.files.writeFile('/workspace/mine', new TextEncoder().encode('m'))
    guest.files.symlink('/tmp/secret', '/workspace/out')
    guest.files.symlink('../tmp/secret', '/workspace/up')
    guest.files.symlink('/workspace/mine', '/workspace/in')
    guest.files.symlink('/tmp/../workspace/./mine', '/workspace/around')
    guest.files.symlink('/', '/workspace/all')
    expect(guest.open('out').errno).toBe(Errno.notcapable)
    expect(guest.open('up').errno).toBe(Errno.notcapable)
    expect(guest.open('all', { oflags: directory }).errno).toBe(Errno.notcapable)
    expect(guest.open('all/tmp/secret').errno).toBe(Errno.notcapable)
    expect(guest.open('all/workspace/../tmp/secret').errno).toBe(Errno.notcapable)
    expect(guest.open('in').errno).toBe(0)
    expect(guest.open('around').errno).toBe(0)
  })
})

describe('fd_readdir', () => {
  function folderOf(count: number): HandGuest {
    const guest = new HandGuest()
    for (let n = 0; n < count; n++) guest.files.writeFile(`/tmp/file-${n}`, new Uint8Array(0))
    return guest
  }

  test('pages through small buffers without losing or repeating a name', () => {
    const guest = folderOf(50)
    const { fd } = guest.open('tmp', { oflags: directory })
    const names: string[] = []
    for (
      let cookie = 0n, page = guest.readdir(fd, cookie, 100);
      page.entries.length > 0;
      page = guest.readdir(fd, cookie, 100)
    ) {
      names.push(...page.entries.map(({ name }) => name))
      cookie = page.entries.at(-1)!.next
    }
    expect(names).toEqual(['.', '..', ...Array.from({ length: 50 }, (_, n) => `file-${n}`)])
  })

  test('keeps its place while entries are removed and added', () => {
    const guest = folderOf(20)
    const { fd } = guest.open('tmp', { oflags: directory })
    const removed: string[] = []
    for (
      let cookie = 0n, page = guest.readdir(fd, cookie, 150);
      page.entries.length > 0;
      page = guest.readdir(fd, cookie, 150)
    ) {
      for (const { name } of page.entries.filter(({ type }) => type === 4)) {
        expect(guest.call('path_unlink_file', fd, ...guest.put(name))).toBe(0)
        removed.push(name)
      }
      guest.files.writeFile(`/tmp/late-${removed.length}`, new Uint8Array(0))
      cookie = page.entries.at(-1)!.next
    }
    expect(removed).toHaveLength(20)
    expect(
      guest
        .readdir(fd, 0n, 4000)
        .entries.every(({ name }) => name.startsWith('late') || name.startsWith('.')),
    ).toBe(true)
  })

  test('fills the buffer to its end when there is more, and ends empty past the last cookie', () => {
    const guest = folderOf(10)
    const { fd } = guest.open('tmp', { oflags: directory })
    expect(guest.readdir(fd, 0n, 30).used).toBe(30)
    expect(guest.readdir(fd, 12n, 300).used).toBe(0)
    expect(guest.readdir(fd, 2n ** 62n, 300).used).toBe(0)
    expect(guest.readdir(fd, -1n, 300).used).toBe(0)
    expect(guest.readdir(guest.open('tmp/file-1').fd, 0n, 30).errno).toBe(Errno.notdir)
  })
})
