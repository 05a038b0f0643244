import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openHostFolder } from '../../../src/files/host/index.ts'
import type { FilesError } from '../../../src/files/index.ts'
import { Errno, type SystemCallName } from '../../../src/wasi/index.ts'
import type { HandGuest } from '../../wasi/by-hand.ts'
import { root } from '../../wasi/by-hand.ts'
import { createPlace, Flag, isLinux, nameOf, openBelow, readAll, writeAll } from './place.ts'

const call = (guest: HandGuest, name: SystemCallName, ...args: (number | bigint)[]): string =>
  nameOf(guest.call(name, ...args))

describe.skipIf(!isLinux)('a folder of the machine is not left', () => {
  it('by .. in any place of a path', () => {
    const { inside, guest: open } = createPlace()
    mkdirSync(join(inside, 'a/b'), { recursive: true })
    const guest = open()
    for (const path of [
      'data/../secret',
      'data/a/../../secret',
      'data/a/b/../../../secret',
      'data/./../data/../secret',
      'data/a/./../..//secret',
      'data/..//secret/',
    ])
      expect(readAll(guest, path), path).toBe('noent')
    for (const path of ['../secret', 'data/../../secret', '../../../../etc/passwd'])
      expect(readAll(guest, path), path).toBe('notcapable')
    const { fd } = guest.open('data/a', { oflags: Flag.directory })
    for (const path of ['../../secret', '..', 'b/../../../secret'])
      expect(nameOf(guest.open(path, { dir: fd }).errno), path).toBe('notcapable')
    expect(writeAll(guest, 'data/../../secret', 'x')).toBe('notcapable')
  })

  it('by links of the machine, absolute or relative, to files or folders', () => {
    const { inside, outside, guest: open } = createPlace()
    symlinkSync(join(outside, 'secret'), join(inside, 'absolute'))
    symlinkSync('../secret', join(inside, 'relative'))
    symlinkSync('..', join(inside, 'up'))
    symlinkSync('/', join(inside, 'all'))
    symlinkSync('/proc/self/cwd', join(inside, 'magic'))
    const guest = open()
    for (const name of [
      'absolute',
      'relative',
      'up/secret',
      'all/etc/passwd',
      'magic/package.json',
    ])
      expect(readAll(guest, `data/${name}`), name).toBe('noent')
    expect(writeAll(guest, 'data/up/made', 'x')).toBe('success')
    expect(existsSync(join(outside, 'made'))).toBe(false)
    for (const name of ['absolute', 'relative', 'up', 'all']) {
      const stat = guest.stat(`data/${name}`, false)
      expect(stat.type).toBe(7)
      expect(nameOf(guest.open(`data/${name}`, { follow: false }).errno)).toBe('loop')
    }
    expect(writeAll(guest, 'data/absolute', 'x')).not.toBe('io')
    expect(readFileSync(join(outside, 'secret'), 'utf8')).toBe('secret')
  })

  it('by links that the guest makes, moves or gives a second name', () => {
    const { inside, guest: open } = createPlace()
    mkdirSync(join(inside, 'a'))
    const guest = open()
    const link = (target: string, path: string): string =>
      call(guest, 'path_symlink', ...guest.put(target), root, ...guest.put(path))
    for (const target of ['/etc/passwd', '/', '..', '../secret', 'a/../../secret', './/..'])
      expect(link(target, 'data/l'), target).toBe('perm')
    expect(link('../../secret', 'data/a/l')).toBe('perm')
    expect(link('', 'data/l')).toBe('noent')
    expect(link('../x', 'data/a/l')).toBe('success')
    expect(writeAll(guest, 'data/x', 'of the folder')).toBe('success')
    expect(readAll(guest, 'data/a/l')).toBe('of the folder')
    const [from, to] = [guest.put('data/a/l'), guest.put('data/l')]
    expect(call(guest, 'path_rename', root, ...from, root, ...to)).toBe('perm')
    expect(call(guest, 'path_link', root, 0, ...from, root, ...to)).toBe('perm')
    // Counted as text, these stay inside; but programs of the host go back from where a link leads to.
    expect(link('.', 'data/here')).toBe('success')
    for (const target of ['here/here/../../secret', 'a/../../secret', 'a/..'])
      expect(link(target, 'data/l'), target).toBe('perm')
    expect(readdirSync(inside).sort()).toEqual(['a', 'here', 'x'])
  })

  it('by links in folders that are moved up', () => {
    const { inside, guest: open } = createPlace()
    mkdirSync(join(inside, 'a/b/c'), { recursive: true })
    mkdirSync(join(inside, 'deep'))
    const guest = open()
    const move = (from: string, to: string): string =>
      call(guest, 'path_rename', root, ...guest.put(from), root, ...guest.put(to))
    const link = (target: string, path: string): string =>
      call(guest, 'path_symlink', ...guest.put(target), root, ...guest.put(path))
    expect(link('../../../secret', 'data/a/b/c/l')).toBe('success')
    for (const [from, to] of [
      ['data/a/b/c', 'data/c'],
      ['data/a/b/c', 'data/a/c'],
      ['data/a/b', 'data/b'],
    ] as const)
      expect(move(from, to), `${from} ${to}`).toBe('perm')
    expect(move('data/a/b/c', 'data/a/b/d')).toBe('success')
    expect(move('data/a', 'data/deep/a')).toBe('success')
    expect(move('data/deep/a', 'data/a')).toBe('success')
    expect(readdirSync(inside).sort()).toEqual(['a', 'deep'])
    // Folders without such links are moved as before, with links of the machine that lead to one place from everywhere.
    mkdirSync(join(inside, 'a/free/x'), { recursive: true })
    symlinkSync('/etc', join(inside, 'a/free/etc'))
    expect(link('../y', 'data/a/free/x/l')).toBe('success')
    expect(move('data/a/free', 'data/free')).toBe('success')
    expect(readdirSync(join(inside, 'free')).sort()).toEqual(['etc', 'x'])
  })

  it('by links in folders that hold too much to be looked at', () => {
    const { inside, guest: open } = createPlace()
    mkdirSync(join(inside, 'a/b', ...Array.from({ length: 40 }, () => 'c')), { recursive: true })
    mkdirSync(join(inside, 'a/wide'))
    for (let n = 0; n < 2049; n += 1) symlinkSync('x', join(inside, `a/wide/l${n}`))
    const guest = open()
    for (const name of ['b', 'wide']) {
      const [from, to] = [guest.put(`data/a/${name}`), guest.put(`data/${name}`)]
      expect(call(guest, 'path_rename', root, ...from, root, ...to)).toBe('xdev')
    }
    expect(openBelow(inside)).toEqual([])
  })

  it('by links in circles, which end as too many', () => {
    const { inside, guest: open } = createPlace()
    symlinkSync('b', join(inside, 'a'))
    symlinkSync('a', join(inside, 'b'))
    symlinkSync('self/x', join(inside, 'self'))
    const guest = open()
    for (const name of ['a', 'b', 'self', 'a/x'])
      expect(readAll(guest, `data/${name}`), name).toBe('loop')
  })

  it('by names: second names and moves over its border are another disk', () => {
    const { inside, outside, guest: open } = createPlace()
    const guest = open()
    writeAll(guest, 'data/mine', 'x')
    writeAll(guest, 'tmp/theirs', 'y')
    const [mine, theirs] = [guest.put('data/mine'), guest.put('tmp/theirs')]
    const [inTmp, inData] = [guest.put('tmp/n'), guest.put('data/n')]
    expect(call(guest, 'path_rename', root, ...mine, root, ...inTmp)).toBe('xdev')
    expect(call(guest, 'path_rename', root, ...theirs, root, ...inData)).toBe('xdev')
    expect(call(guest, 'path_link', root, 0, ...mine, root, ...inTmp)).toBe('xdev')
    expect(call(guest, 'path_link', root, 0, ...theirs, root, ...inData)).toBe('xdev')
    const escaping = guest.put('data/../../n')
    expect(call(guest, 'path_rename', root, ...mine, root, ...escaping)).toBe('notcapable')
    expect(call(guest, 'path_remove_directory', root, ...guest.put('data'))).toBe('rofs')
    expect(call(guest, 'path_rename', root, ...guest.put('data'), root, ...inTmp)).toBe('rofs')
    expect(readdirSync(inside)).toEqual(['mine'])
    expect(readdirSync(outside).sort()).toEqual(['inside', 'secret'])
  })

  it('by FIFOs, sockets and devices: they are not opened, made, listed or removed', async () => {
    const { inside, guest: open } = createPlace()
    execFileSync('mknod', [join(inside, 'fifo'), 'p'])
    const server = createServer().listen(join(inside, 'socket'))
    await new Promise((resolve) => server.once('listening', resolve))
    const special = ['fifo', 'socket']
    try {
      execFileSync('mknod', [join(inside, 'zero'), 'c', '1', '5'], { stdio: 'pipe' })
      special.push('zero')
    } catch {
      console.warn('Without a device: only root makes one.')
    }
    try {
      const guest = open()
      for (const name of special) {
        expect(readAll(guest, `data/${name}`), name).toBe('acces')
        expect(writeAll(guest, `data/${name}`, 'x'), name).toBe('acces')
        expect(nameOf(guest.stat(`data/${name}`).errno)).toBe('acces')
        expect(call(guest, 'path_unlink_file', root, ...guest.put(`data/${name}`))).toBe('acces')
      }
      const { fd } = guest.open('data', { oflags: Flag.directory })
      expect(guest.readdir(fd, 0n, 4096).entries.map(({ name }) => name)).toEqual(['.', '..'])
    } finally {
      server.close()
    }
  })

  it('by mounts of the kernel: /proc is neither mounted nor entered', ({ skip }) => {
    for (const path of ['/proc', '/proc/self', '/sys'])
      expect(() => openHostFolder({ path })).toThrow(expect.objectContaining({ code: 'EACCES' }))
    const { inside, guest: open } = createPlace()
    mkdirSync(join(inside, 'proc'))
    try {
      execFileSync('mount', ['-t', 'proc', 'proc', join(inside, 'proc')], { stdio: 'pipe' })
    } catch {
      skip('/proc cannot be mounted a second time here; root can')
    }
    try {
      const guest = open()
      for (const name of ['proc/self/environ', 'proc/1/root/etc/passwd', 'proc/version', 'proc'])
        expect(readAll(guest, `data/${name}`), name).toBe('acces')
    } finally {
      execFileSync('umount', ['-l', join(inside, 'proc')])
    }
  })

  it('by files of another disk that are mounted inside', ({ skip }) => {
    const { outside, inside, guest: open } = createPlace()
    const mounted: string[] = []
    const mount = (target: string, ...how: string[]): void => {
      execFileSync('mount', [...how, target], { stdio: 'pipe' })
      mounted.unshift(target)
    }
    try {
      const other = join(outside, 'other')
      mkdirSync(other)
      try {
        for (const disk of [inside, other]) mount(disk, '-t', 'tmpfs', 'tmpfs')
      } catch {
        skip('nothing can be mounted here; root can')
      }
      writeFileSync(join(other, 'file'), 'secret')
      writeFileSync(join(inside, 'file'), '')
      mount(join(inside, 'file'), '--bind', join(other, 'file'))
      const guest = open()
      expect(readAll(guest, 'data/file')).toBe('acces')
      expect(writeAll(guest, 'data/file', 'changed')).toBe('acces')
      expect(nameOf(guest.call('path_unlink_file', root, ...guest.put('data/file')))).toBe('acces')
      expect(readFileSync(join(other, 'file'), 'utf8')).toBe('secret')
    } finally {
      for (const target of mounted) execFileSync('umount', ['-l', target])
    }
  })

  it('by names that are none: NUL, no UTF-8, backslashes and names of the system', () => {
    const { inside, guest: open } = createPlace()
    writeFileSync(Buffer.concat([Buffer.from(`${inside}/`), Buffer.from([0xff, 0xfe])]), 'x')
    const guest = open()
    expect(writeAll(guest, 'data/a\0b', 'x')).toBe('inval')
    expect(writeAll(guest, 'data/\0/../../secret', 'x')).toBe('inval')
    const bytes = guest.put(Uint8Array.from([...Buffer.from('data/'), 0xff]))
    expect(call(guest, 'path_unlink_file', root, ...bytes)).toBe('ilseq')
    expect(writeAll(guest, String.raw`data/..\..\secret`, 'x')).toBe('success')
    expect(writeAll(guest, 'data/%2e%2e', 'x')).toBe('success')
    const { fd } = guest.open('data', { oflags: Flag.directory })
    const { entries } = guest.readdir(fd, 0n, 4096)
    expect(entries.map(({ name }) => name).sort()).toEqual([
      '%2e%2e',
      '.',
      '..',
      String.raw`..\..\secret`,
    ])
    for (const name of ['.', '..', ''])
      expect(call(guest, 'path_create_directory', root, ...guest.put(`data/${name}`))).toBe('exist')
  })

  it('by a folder that took the place of the mounted one', () => {
    const { inside, outside, guest: open } = createPlace()
    writeFileSync(join(inside, 'a'), 'mine')
    const guest = open()
    expect(readAll(guest, 'data/a')).toBe('mine')
    renameSync(inside, join(outside, 'away'))
    mkdirSync(inside)
    writeFileSync(join(inside, 'a'), 'another')
    expect(readAll(guest, 'data/a')).toBe('noent')
    rmSync(inside, { recursive: true })
    symlinkSync(outside, inside)
    expect(readAll(guest, 'data/secret')).toBe('notdir')
    expect(writeAll(guest, 'data/made', 'x')).toBe('notdir')
    expect(existsSync(join(outside, 'made'))).toBe(false)
  })

  it('by a folder that was opened before another took its place, or that was moved out', () => {
    const { inside, outside, guest: open } = createPlace()
    mkdirSync(join(inside, 'sub'))
    writeFileSync(join(inside, 'sub/a'), 'mine')
    const guest = open()
    const { fd } = guest.open('data/sub', { oflags: Flag.directory })
    expect(nameOf(guest.open('a', { dir: fd }).errno)).toBe('success')
    renameSync(join(inside, 'sub'), join(outside, 'moved'))
    expect(nameOf(guest.open('a', { dir: fd }).errno)).toBe('noent')
    symlinkSync(outside, join(inside, 'sub'))
    expect(nameOf(guest.open('secret', { dir: fd }).errno)).toBe('notdir')
    const at = guest.put('made')
    expect(call(guest, 'path_create_directory', fd, ...at)).toBe('notdir')
    expect(existsSync(join(outside, 'made'))).toBe(false)
  })

  it('for writing where it is mounted for reading', () => {
    const { inside, guest: open } = createPlace()
    mkdirSync(join(inside, 'sub'))
    writeFileSync(join(inside, 'a'), 'mine')
    const before = statSync(join(inside, 'a')).mtimeMs
    const guest = open({ access: 'read' })
    expect(readAll(guest, 'data/a')).toBe('mine')
    expect(writeAll(guest, 'data/a', 'x')).toBe('rofs')
    expect(writeAll(guest, 'data/b', 'x')).toBe('rofs')
    expect(nameOf(guest.open('data/a', { rights: 1n << 6n }).errno)).toBe('rofs')
    expect(nameOf(guest.open('data/a', { rights: 2n, oflags: Flag.trunc }).errno)).toBe('rofs')
    const [a, n] = [guest.put('data/a'), guest.put('data/n')]
    expect(call(guest, 'path_unlink_file', root, ...a)).toBe('rofs')
    expect(call(guest, 'path_create_directory', root, ...n)).toBe('rofs')
    expect(call(guest, 'path_remove_directory', root, ...guest.put('data/sub'))).toBe('rofs')
    expect(call(guest, 'path_rename', root, ...a, root, ...n)).toBe('rofs')
    expect(call(guest, 'path_link', root, 0, ...a, root, ...n)).toBe('rofs')
    expect(call(guest, 'path_symlink', ...guest.put('a'), root, ...n)).toBe('rofs')
    expect(call(guest, 'path_filestat_set_times', root, 0, ...a, 1n, 1n, 5)).toBe('rofs')
    expect(readdirSync(inside).sort()).toEqual(['a', 'sub'])
    expect(readFileSync(join(inside, 'a'), 'utf8')).toBe('mine')
    expect(statSync(join(inside, 'a')).mtimeMs).toBe(before)
  })

  it('with rights of another user: new files are private, and set-user programs stay as they are', () => {
    const { inside, guest: open } = createPlace()
    writeFileSync(join(inside, 'suid'), 'program')
    chmodSync(join(inside, 'suid'), 0o4755)
    const guest = open()
    expect(writeAll(guest, 'data/made', 'x')).toBe('success')
    call(guest, 'path_create_directory', root, ...guest.put('data/sub'))
    expect(lstatSync(join(inside, 'made')).mode & 0o7777).toBe(0o600)
    expect(lstatSync(join(inside, 'sub')).mode & 0o7777).toBe(0o700)
    expect(writeAll(guest, 'data/suid', 'x')).toBe('perm')
    expect(readFileSync(join(inside, 'suid'), 'utf8')).toBe('program')
  })

  it('by what errors say: no path of the machine is in them', () => {
    const { inside, outside, mount } = createPlace()
    writeFileSync(join(inside, 'a'), 'x')
    linkSync(join(inside, 'a'), join(inside, 'b'))
    const files = mount()
    const { ino = 0 } = files.lookup(1, 'a', { followLast: false })
    const texts: string[] = []
    for (const attempt of [
      () => files.lookup(ino, 'x', { followLast: false }),
      () => files.make(1, 'a', 'directory'),
      () => files.unlink(1, 'absent'),
      () => files.renameEntry(1, 'absent', 1, 'c'),
      () => files.listInode(ino),
      () => files.statInode(99),
      () => files.make(1, 'x'.repeat(256), 'file'),
    ])
      try {
        attempt()
        texts.push('it was done')
      } catch (error) {
        const { message, stack = '', cause } = error as FilesError
        expect(cause).toBeUndefined()
        texts.push(message + stack.split('\n')[0])
      }
    expect(texts).toHaveLength(7)
    for (const text of texts) {
      expect(text).toMatch(/E[A-Z]+: /)
      expect(text).not.toContain(outside)
      expect(text).not.toContain('/proc')
    }
  })

  it('and keeps no handle open, whatever was refused', () => {
    const { inside, outside, guest: open } = createPlace()
    symlinkSync('..', join(inside, 'up'))
    const guest = open()
    for (const path of ['data/up/x', 'data/a/b', 'data/../x', 'data/a']) readAll(guest, path)
    expect(writeAll(guest, 'data/a', 'x')).toBe('success')
    const { fd } = guest.open('data/a')
    expect(openBelow(outside)).toEqual([join(inside, 'a')])
    expect(guest.call('fd_close', fd)).toBe(Errno.success)
    expect(openBelow(outside)).toEqual([])
  })
})

it('a folder of the machine is refused where nothing keeps guests in it', () => {
  const { platform } = process
  onTestFinished(() => void Object.defineProperty(process, 'platform', { value: platform }))
  for (const other of ['darwin', 'win32']) {
    Object.defineProperty(process, 'platform', { value: other })
    expect(() => openHostFolder({ path: '/tmp' })).toThrow(
      expect.objectContaining({ code: 'RUNTIME_UNAVAILABLE' }),
    )
  }
})
