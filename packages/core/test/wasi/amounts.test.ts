import { expect, test } from 'vitest'
import { createVirtualFiles, type MountedFiles } from '../../src/files/index.ts'
import { GuestMemory } from '../../src/wasi/guest-memory.ts'
import { Errno } from '../../src/wasi/index.ts'
import { HandGuest, root } from './by-hand.ts'

const creat = 1
const dsync = 2
const sync = 16
const memoryBytes = 2 ** 26

/** A memory of 64 MiB with a list of spans from address 0 on. */
function createMemory(spans: readonly [at: number, length: number][]): GuestMemory {
  const memory = new WebAssembly.Memory({ initial: memoryBytes / 65_536 })
  const view = new DataView(memory.buffer)
  for (const [n, [at, length]] of spans.entries()) {
    view.setUint32(n * 8, at, true)
    view.setUint32(n * 8 + 4, length, true)
  }
  const guest = new GuestMemory()
  guest.bind(memory)
  return guest
}

test('spans that lie over each other are no more than 2 GiB together', () => {
  const guest = createMemory(Array.from({ length: 1024 }, () => [0, memoryBytes]))
  const lengths = guest.spans(0, 1024).map(({ length }) => length)
  expect(lengths.reduce((sum, one) => sum + one)).toBe(0x7fff_f000)
  expect(lengths.slice(0, 33)).toEqual([...Array(31).fill(memoryBytes), memoryBytes - 4096, 0])
  expect(() => guest.spans(0, 1025)).toThrow()
})

test('a span that is not wholly inside is refused wherever it stands', () => {
  const guest = createMemory([
    ...Array.from({ length: 40 }, () => [0, memoryBytes] as [number, number]),
    [1, memoryBytes],
  ])
  expect(guest.spans(0, 40)).toHaveLength(40)
  expect(() => guest.spans(0, 41)).toThrow(expect.objectContaining({ errno: Errno.fault }))
})

test('what is written with dsync or sync is on the disk when the call returns, and not before without', () => {
  const disk = new Map<number, string>()
  const files = createVirtualFiles({ quota: { bytes: 1000, inodes: 10 } })
  const mount: MountedFiles = Object.assign(files, {
    together: <T>(work: () => T): T => work(),
    sync(ino: number) {
      const bytes = new Uint8Array(files.statInode(ino).sizeBytes)
      files.readInode(ino, 0, bytes)
      disk.set(ino, new TextDecoder().decode(bytes))
    },
  })
  const guest = new HandGuest({ mounts: { '/data': mount } })
  const written = (
    name: string,
    fdflags: number,
    write: (fd: number) => number,
  ): string | undefined => {
    const { fd } = guest.open(`data/${name}`, { dir: root, oflags: creat, fdflags })
    expect(write(fd)).toBe(Errno.success)
    return disk.get(files.lookup(1, name, { followLast: true }).ino ?? 0)
  }
  const put = (fd: number): number => guest.write(fd, 'text').errno
  const place = (fd: number): number =>
    guest.call('fd_pwrite', fd, ...guest.iovs(guest.put('later')), 0n, guest.take(4))
  expect(written('a', 0, put)).toBeUndefined()
  expect(written('b', dsync, put)).toBe('text')
  expect(written('c', sync, put)).toBe('text')
  expect(written('d', sync, place)).toBe('later')
})

test('a path of more than 4,096 bytes is not read, whatever stands there', () => {
  const guest = new HandGuest()
  const bad = guest.put(new Uint8Array(4097).fill(0xff))
  const [at] = guest.put('x'.repeat(4097))
  expect(guest.call('path_create_directory', root, ...bad)).toBe(Errno.nametoolong)
  expect(guest.call('path_create_directory', root, at, 4097)).toBe(Errno.nametoolong)
  expect(guest.call('path_symlink', ...bad, root, ...guest.put('l'))).toBe(Errno.nametoolong)
  expect(guest.call('path_create_directory', root, bad[0], 4096)).toBe(Errno.ilseq)
  expect(guest.call('path_create_directory', root, at, 0x7fff_ffff)).toBe(Errno.fault)
})
