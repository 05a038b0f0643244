import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openHostFolder } from '../../../src/files/host/index.ts'
import type { MountedFiles } from '../../../src/files/index.ts'
import { Errno } from '../../../src/wasi/index.ts'
import { root } from '../../wasi/by-hand.ts'
import {
  createPlace,
  Flag,
  isLinux,
  nameOf,
  openBelow,
  readAll,
  readRights,
  writeAll,
} from './place.ts'

/** Thousands of files, also on a machine that has much else to do. */
const slow = { timeout: 90_000 }
const everything = { read: true, write: true }

function find(files: MountedFiles, name: string, parent = 1): number {
  const { ino } = files.lookup(parent, name, { followLast: false })
  if (ino === undefined) throw new Error(`there is no ${name}`)
  return ino
}

function codeOf(work: () => unknown): string {
  try {
    work()
    return 'done'
  } catch (error) {
    return (error as { code?: string }).code ?? String(error)
  }
}

describe.skipIf(!isLinux)('maxBytes of a mounted folder', () => {
  const kibibyte = new Uint8Array(1024)

  it('counts growth by writing, resizing and holes, and refuses the byte above it', () => {
    const { inside, mount } = createPlace()
    const files = mount({ maxBytes: 4096 })
    const ino = files.make(1, 'a', 'file')
    for (let n = 0; n < 4; n += 1) files.writeInode(ino, n * 1024, kibibyte)
    expect(codeOf(() => files.writeInode(ino, 4096, Uint8Array.of(1)))).toBe('EDQUOT')
    expect(codeOf(() => files.resizeInode(ino, 4097))).toBe('EDQUOT')
    expect(codeOf(() => files.resizeInode(ino, 2 ** 50))).toBe('EDQUOT')
    expect(codeOf(() => files.writeInode(ino, 2 ** 52, Uint8Array.of(1)))).toBe('EDQUOT')
    expect(codeOf(() => files.writeInode(ino, Number.MAX_SAFE_INTEGER, kibibyte))).toBe('EINVAL')
    files.writeInode(ino, 0, kibibyte)
    files.resizeInode(ino, 1024)
    files.writeInode(ino, 4095, Uint8Array.of(1))
    expect(codeOf(() => files.resizeInode(ino, 4097))).toBe('EDQUOT')
    expect(statSync(join(inside, 'a')).size).toBe(4096)
  })

  it('holds for fd_allocate and fd_filestat_set_size of a guest', () => {
    const { inside, guest: open } = createPlace()
    const guest = open({ maxBytes: 100 })
    const { fd } = guest.open('data/a', { oflags: Flag.creat })
    expect(nameOf(guest.call('fd_allocate', fd, 0n, 101n))).toBe('dquot')
    expect(nameOf(guest.call('fd_allocate', fd, 2n ** 40n, 1n))).toBe('dquot')
    expect(nameOf(guest.call('fd_filestat_set_size', fd, 101n))).toBe('dquot')
    expect(nameOf(guest.call('fd_filestat_set_size', fd, 2n ** 63n - 1n))).toBe('inval')
    expect(nameOf(guest.call('fd_allocate', fd, 0n, 100n))).toBe('success')
    expect(nameOf(guest.call('fd_sync', fd))).toBe('success')
    expect(statSync(join(inside, 'a')).size).toBe(100)
  })

  it('gives back what is removed or replaced, but not while it is open or has a second name', () => {
    const { inside, mount } = createPlace()
    const files = mount({ maxBytes: 1024 })
    const fill = (name: string): number => {
      const ino = files.make(1, name, 'file')
      files.writeInode(ino, 0, kibibyte)
      return ino
    }
    const open = fill('a')
    files.hold(open, everything)
    files.unlink(1, 'a')
    expect(codeOf(() => fill('b'))).toBe('EDQUOT')
    files.release(open)
    const twice = find(files, 'b')
    files.writeInode(twice, 0, kibibyte)
    files.linkInode(twice, 1, 'c')
    files.unlink(1, 'b')
    expect(codeOf(() => fill('d'))).toBe('EDQUOT')
    files.renameEntry(1, 'd', 1, 'c')
    fill('e')
    expect(codeOf(() => fill('f'))).toBe('EDQUOT')
    expect(readdirSync(inside).sort()).toEqual(['c', 'e', 'f'])
  })

  it('gives nothing back for what it never took: the folder never grows by more', () => {
    const { inside, mount } = createPlace()
    for (let n = 0; n < 4; n += 1) writeFileSync(join(inside, `old${n}`), kibibyte)
    const files = mount({ maxBytes: 1024 })
    for (let n = 0; n < 4; n += 1) files.unlink(1, `old${n}`)
    const ino = files.make(1, 'a', 'file')
    files.writeInode(ino, 0, kibibyte)
    expect(codeOf(() => files.writeInode(ino, 1024, kibibyte))).toBe('EDQUOT')
    appendFileSync(join(inside, 'a'), kibibyte)
    files.resizeInode(ino, 0)
    files.writeInode(ino, 0, kibibyte)
    expect(codeOf(() => files.writeInode(ino, 1024, kibibyte))).toBe('EDQUOT')
  })
})

describe.skipIf(!isLinux)('maxEntries of a mounted folder', () => {
  it('counts files, folders, links and second names, and refuses the one above it', () => {
    const { inside, mount } = createPlace()
    writeFileSync(join(inside, 'old'), 'x')
    const files = mount({ maxEntries: 4 })
    files.make(1, 'file', 'file')
    files.make(1, 'folder', 'directory')
    files.make(1, 'link', 'symlink', 'file')
    files.linkInode(find(files, 'old'), 1, 'second')
    for (const attempt of [
      () => files.make(1, 'x', 'file'),
      () => files.make(1, 'x', 'directory'),
      () => files.make(1, 'x', 'symlink', 'file'),
      () => files.linkInode(find(files, 'old'), 1, 'x'),
    ])
      expect(codeOf(attempt)).toBe('ENOSPC')
    expect(codeOf(() => files.make(1, 'file', 'file'))).toBe('ENOSPC')
    files.unlink(1, 'folder')
    expect(codeOf(() => files.make(1, 'file', 'file'))).toBe('EEXIST')
    files.make(1, 'again', 'file')
    expect(codeOf(() => files.make(1, 'x', 'file'))).toBe('ENOSPC')
    expect(readdirSync(inside)).toHaveLength(5)
  })
})

describe.skipIf(!isLinux)('a mounted folder that is too large', () => {
  it('in names or paths is refused', () => {
    const { guest: open } = createPlace()
    const guest = open()
    expect(writeAll(guest, `data/${'n'.repeat(255)}`, 'x')).toBe('success')
    expect(writeAll(guest, `data/${'n'.repeat(256)}`, 'x')).toBe('nametoolong')
    expect(writeAll(guest, `data/${'ü'.repeat(128)}`, 'x')).toBe('nametoolong')
    expect(writeAll(guest, `data/${'a/'.repeat(3000)}x`, 'x')).toBe('nametoolong')
  })

  it('in depth ends below 256 folders, however it was made', slow, () => {
    const { inside, guest: open } = createPlace()
    const deep = Array.from({ length: 400 }, () => 'd').join('/')
    mkdirSync(join(inside, deep), { recursive: true })
    const guest = open({ maxEntries: 1000 })
    const path = (depth: number): string => `data/${'d/'.repeat(depth)}`
    expect(nameOf(guest.stat(path(256)).errno)).toBe('success')
    expect(nameOf(guest.stat(path(257)).errno)).toBe('nametoolong')
    let { fd } = guest.open('data', { oflags: Flag.directory })
    let errno: number = Errno.success
    for (let n = 0; n < 400 && errno === Errno.success; n += 1) {
      guest.call('path_create_directory', fd, ...guest.put('x'))
      const next = guest.open('x', { dir: fd, oflags: Flag.directory })
      guest.call('fd_close', fd)
      errno = next.errno
      fd = next.fd
    }
    expect(nameOf(errno)).toBe('nametoolong')
  })

  it('in names that links lead through ends after 2,048, and leaves no folder open', () => {
    const { inside, guest: open } = createPlace()
    mkdirSync(join(inside, 'a/b'), { recursive: true })
    writeFileSync(join(inside, 'end'), 'end')
    const detour = 'a/b/../../'.repeat(100)
    for (let n = 0; n < 9; n += 1) symlinkSync(`${detour}l${n + 1}`, join(inside, `l${n}`))
    symlinkSync('end', join(inside, 'l9'))
    const guest = open()
    expect(readAll(guest, 'data/l6')).toBe('end')
    expect(readAll(guest, 'data/l5')).toBe('end')
    expect(readAll(guest, 'data/l0')).toBe('loop')
    expect(openBelow(inside)).toEqual([])
  })

  it('in entries is not listed, and one that can be listed comes page by page', slow, () => {
    const { inside, guest: open } = createPlace()
    for (let n = 0; n < 1000; n += 1) writeFileSync(join(inside, `f${n}`), '')
    const guest = open()
    const { fd } = guest.open('data', { oflags: Flag.directory })
    const names = new Set<string>()
    let cookie = 0n
    for (let pages = 0; pages < 200; pages += 1) {
      const page = guest.readdir(fd, cookie, 1024)
      for (const { name } of page.entries) names.add(name)
      const last = page.entries.at(-1)
      if (last === undefined) break
      cookie = last.next
    }
    expect(names.size).toBe(1002)
    execFileSync('sh', ['-c', 'seq 1 16384 | xargs touch'], { cwd: inside })
    expect(nameOf(guest.readdir(fd, 0n, 1024).errno)).toBe('overflow')
    expect(readAll(guest, 'data/f7')).toBe('')
  })

  it(
    'in listings at once keeps only some of them, and each can still be read to its end',
    slow,
    () => {
      const { inside, guest: open } = createPlace()
      execFileSync('sh', ['-c', 'seq 1 15000 | xargs touch'], { cwd: inside })
      const guest = open()
      const folders = Array.from({ length: 5 }, () =>
        guest.open('data', { oflags: Flag.directory }),
      )
      const cookies = folders.map(({ fd }) => guest.readdir(fd, 0n, 256).entries.at(-1)?.next ?? 0n)
      for (const [n, { fd }] of folders.entries()) {
        const page = guest.readdir(fd, cookies[n] ?? 0n, 256)
        expect(page.errno).toBe(Errno.success)
        expect(page.entries.length).toBeGreaterThan(0)
      }
    },
  )

  it('in files that grow while they are read gives what fits, and a sparse giant costs nothing', () => {
    const { inside, guest: open } = createPlace()
    const giant = join(inside, 'giant')
    writeFileSync(giant, 'begin')
    const guest = open({ maxBytes: 10 })
    const { fd } = guest.open('data/giant', { rights: readRights })
    truncateSync(giant, 2 ** 40)
    expect(guest.read(fd, 5).text).toBe('begin')
    appendFileSync(giant, 'end')
    expect(guest.read(fd, 4096).text).toBe('\0'.repeat(4096))
    expect(guest.stat('data/giant').size).toBe(2n ** 40n + 3n)
    truncateSync(giant, 2)
    expect(guest.read(fd, 4096)).toEqual({ errno: Errno.success, text: '' })
  })

  it('in files that were seen forgets the oldest and finds them again', slow, () => {
    const { inside, mount } = createPlace()
    execFileSync('sh', ['-c', 'seq 1 17000 | xargs touch'], { cwd: inside })
    const files = mount()
    const first = find(files, '1')
    files.hold(find(files, '2'))
    const held = find(files, '2')
    files.together(() => {
      for (let n = 3; n <= 17_000; n += 1) find(files, `${n}`)
    })
    expect(codeOf(() => files.statInode(first))).toBe('ENOENT')
    expect(files.statInode(held).kind).toBe('file')
    expect(files.statInode(find(files, '1')).kind).toBe('file')
    files.release(held)
    expect(openBelow(inside)).toEqual([])
  })
})

describe.skipIf(!isLinux)('what the machine refuses is told to the guest', () => {
  it('when the disk is full', ({ skip }) => {
    const { inside, outside } = createPlace()
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', inside], { stdio: 'pipe' })
    } catch {
      skip('a small disk cannot be mounted here; root on Linux can')
    }
    try {
      const files = openHostFolder({ path: inside, access: 'read-write', maxBytes: 200_000 })
      const ino = files.make(1, 'a', 'file')
      expect(codeOf(() => files.writeInode(ino, 0, new Uint8Array(150_000)))).toBe('ENOSPC')
      expect(files.statInode(ino).sizeBytes).toBeLessThanOrEqual(65_536)
      files.unlink(1, 'a')
      const again = files.make(1, 'b', 'file')
      files.writeInode(again, 0, new Uint8Array(60_000))
      // What did not come about was not counted.
      files.resizeInode(again, 200_000)
    } finally {
      execFileSync('umount', ['-l', inside])
    }
    expect(readdirSync(outside).sort()).toEqual(['inside', 'secret'])
  })

  it('when its user may not', ({ skip }) => {
    if (process.getuid?.() !== 0) skip('only root can become a user that may not')
    const { inside, outside, guest: open } = createPlace()
    writeFileSync(join(inside, 'private'), 'x')
    mkdirSync(join(inside, 'closed'))
    mkdirSync(join(inside, 'shown'), { mode: 0o777 })
    chmodSync(join(inside, 'private'), 0o600)
    chmodSync(join(inside, 'closed'), 0o700)
    writeFileSync(join(inside, 'theirs'), 'theirs', { mode: 0o444 })
    chmodSync(outside, 0o755)
    chownSync(join(inside, 'shown'), 65_534, 65_534)
    const guest = open()
    process.seteuid?.(65_534)
    try {
      expect(readAll(guest, 'data/private')).toBe('acces')
      expect(readAll(guest, 'data/closed/x')).toBe('acces')
      expect(readAll(guest, 'data/theirs')).toBe('theirs')
      expect(writeAll(guest, 'data/theirs', 'x')).toBe('acces')
      expect(writeAll(guest, 'data/new', 'x')).toBe('acces')
      expect(nameOf(guest.call('path_unlink_file', root, ...guest.put('data/theirs')))).toBe(
        'acces',
      )
      expect(writeAll(guest, 'data/shown/new', 'x')).toBe('success')
    } finally {
      process.seteuid?.(0)
    }
    expect(readFileSync(join(inside, 'theirs'), 'utf8')).toBe('theirs')
  })

  it('when an open file loses its name: it stays readable until it is closed', () => {
    const { inside, guest: open } = createPlace()
    writeFileSync(join(inside, 'a'), 'text')
    const guest = open()
    const { fd } = guest.open('data/a')
    unlinkSync(join(inside, 'a'))
    expect(guest.read(fd, 10).text).toBe('text')
    expect(guest.fstat(fd).links).toBe(0n)
    expect(readAll(guest, 'data/a')).toBe('noent')
    guest.call('fd_close', fd)
    expect(openBelow(inside)).toEqual([])
    expect(existsSync(join(inside, 'a'))).toBe(false)
  })

  it('when an open file has another name or none: its times are set, and no other file', () => {
    const { inside, guest: open } = createPlace()
    const guest = open()
    const { fd } = guest.open('data/a', { oflags: Flag.creat })
    renameSync(join(inside, 'a'), join(inside, 'b'))
    writeFileSync(join(inside, 'a'), 'another')
    const setMtime = (ns: bigint): string =>
      nameOf(guest.call('fd_filestat_set_times', fd, 0n, ns, 4))
    expect(setMtime(5_000_000_000n)).toBe('success')
    expect(statSync(join(inside, 'b')).mtimeMs).toBe(5000)
    expect(statSync(join(inside, 'a')).mtimeMs).toBeGreaterThan(5000)
    unlinkSync(join(inside, 'b'))
    expect(setMtime(6_000_000_000n)).toBe('success')
    expect(guest.fstat(fd).mtim).toBe(6_000_000_000n)
  })

  it('when the folder to mount is none, or is not there', () => {
    const { inside, outside } = createPlace()
    const codeAt = (path: string): string => codeOf(() => openHostFolder({ path }))
    expect(codeAt(join(outside, 'secret'))).toBe('ENOTDIR')
    rmSync(inside, { recursive: true })
    expect(codeAt(inside)).toBe('ENOENT')
  })
})
