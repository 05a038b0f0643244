import { describe, expect, test } from 'vitest'
import { createVirtualFiles } from '../../src/files/index.ts'
import { createWasi, Errno, type SystemCallName } from '../../src/wasi/index.ts'
import { HandGuest, root } from './by-hand.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

function populated(): HandGuest {
  const guest = new HandGuest()
  guest.files.writeFile('/tmp/f', bytes('f'))
  guest.files.makeDirectory('/tmp/d')
  guest.files.makeDirectory('/tmp/full/x', { recursive: true })
  guest.files.symlink('f', '/tmp/l')
  guest.files.symlink('d', '/tmp/ld')
  return guest
}

describe('paths that change the tree', () => {
  const cases: [SystemCallName, (string | number)[], number][] = [
    ['path_create_directory', [root, 'tmp/new'], 0],
    ['path_create_directory', [root, 'tmp/new/'], 0],
    ['path_create_directory', [root, 'tmp/f'], Errno.exist],
    ['path_create_directory', [root, 'tmp/l'], Errno.exist],
    ['path_create_directory', [root, '.'], Errno.exist],
    ['path_create_directory', [root, '../x'], Errno.notcapable],
    ['path_create_directory', [root, 'dev'], Errno.exist],
    ['path_create_directory', [root, 'dev/x'], Errno.rofs],
    ['path_remove_directory', [root, 'tmp/d'], 0],
    ['path_remove_directory', [root, 'tmp/d/'], 0],
    ['path_remove_directory', [root, 'tmp/ld/'], Errno.notdir],
    ['path_remove_directory', [root, 'tmp/full'], Errno.notempty],
    ['path_remove_directory', [root, 'tmp/f'], Errno.notdir],
    ['path_remove_directory', [root, 'tmp/none'], Errno.noent],
    ['path_remove_directory', [root, '.'], Errno.inval],
    ['path_remove_directory', [root, 'dev'], Errno.rofs],
    ['path_unlink_file', [root, 'tmp/f'], 0],
    ['path_unlink_file', [root, 'tmp/l'], 0],
    ['path_unlink_file', [root, 'tmp/f/'], Errno.notdir],
    ['path_unlink_file', [root, 'tmp/d'], Errno.isdir],
    ['path_unlink_file', [root, 'tmp/none'], Errno.noent],
    ['path_unlink_file', [root, 'dev/null'], Errno.rofs],
    ['path_unlink_file', [root, '../f'], Errno.notcapable],
    ['path_symlink', ['anything', root, 'tmp/s'], 0],
    ['path_symlink', ['/etc/passwd', root, 'tmp/s'], 0],
    ['path_symlink', ['', root, 'tmp/s'], Errno.noent],
    ['path_symlink', ['x', root, 'tmp/f'], Errno.exist],
    ['path_symlink', ['x', root, 'tmp/s/'], Errno.noent],
    ['path_symlink', ['x', root, '../s'], Errno.notcapable],
    ['path_link', [root, 0, 'tmp/f', root, 'tmp/n'], 0],
    ['path_link', [root, 0, 'tmp/d', root, 'tmp/n'], Errno.perm],
    ['path_link', [root, 0, 'tmp/f', root, 'tmp/d'], Errno.exist],
    ['path_link', [root, 0, 'tmp/none', root, 'tmp/n'], Errno.noent],
    ['path_link', [root, 0, 'tmp/f', root, 'tmp/n/'], Errno.noent],
    ['path_link', [root, 0, 'tmp/f', root, '../n'], Errno.notcapable],
    ['path_link', [root, 0, '../f', root, 'tmp/n'], Errno.notcapable],
    ['path_link', [root, 0, 'dev/null', root, 'tmp/n'], Errno.perm],
    ['path_rename', [root, 'tmp/f', root, 'tmp/g'], 0],
    ['path_rename', [root, 'tmp/f', root, 'tmp/d'], Errno.isdir],
    ['path_rename', [root, 'tmp/d', root, 'tmp/f'], Errno.notdir],
    ['path_rename', [root, 'tmp/d', root, 'tmp/full'], Errno.notempty],
    ['path_rename', [root, 'tmp/d', root, 'tmp/d/e'], Errno.inval],
    ['path_rename', [root, 'tmp/f', root, 'tmp/g/'], Errno.notdir],
    ['path_rename', [root, 'tmp/d', root, 'tmp/g/'], 0],
    ['path_rename', [root, 'tmp/none', root, 'tmp/g'], Errno.noent],
    ['path_rename', [root, 'tmp/f', root, '../g'], Errno.notcapable],
    ['path_rename', [root, '../f', root, 'tmp/g'], Errno.notcapable],
    ['path_rename', [root, 'dev/null', root, 'tmp/g'], Errno.rofs],
    ['path_rename', [root, 'tmp/f', root, 'dev/null'], Errno.rofs],
    ['path_rename', [root, '.', root, 'tmp/g'], Errno.inval],
    ['path_rename', [9, 'tmp/f', root, 'tmp/g'], Errno.badf],
    ['path_rename', [1, 'tmp/f', root, 'tmp/g'], Errno.notdir],
  ]
  test.each(cases)('%s(%j) answers %i', (name, args, expected) => {
    const guest = populated()
    const before = guest.files.snapshot()
    expect(
      guest.call(
        name,
        ...args.flatMap((arg) => (typeof arg === 'string' ? guest.put(arg) : [arg])),
      ),
    ).toBe(expected)
    if (expected !== 0) expect(guest.files.snapshot()).toEqual(before)
    else expect(guest.files.snapshot()).not.toEqual(before)
  })

  test('path_link follows a link only when asked', () => {
    const guest = populated()
    expect(
      guest.call('path_link', root, 1, ...guest.put('tmp/l'), root, ...guest.put('tmp/followed')),
    ).toBe(0)
    expect(
      guest.call('path_link', root, 0, ...guest.put('tmp/l'), root, ...guest.put('tmp/same')),
    ).toBe(0)
    expect([guest.stat('tmp/followed', false).type, guest.stat('tmp/same', false).type]).toEqual([
      4, 7,
    ])
    expect(guest.stat('tmp/f').links).toBe(2n)
  })

  test('path_readlink cuts off at the end of the buffer', () => {
    const guest = populated()
    guest.files.symlink('0123456789', '/tmp/long')
    const [into, used] = [guest.take(4), guest.take(4)]
    expect(guest.call('path_readlink', root, ...guest.put('tmp/long'), into, 4, used)).toBe(0)
    expect([guest.text(into, 4), guest.view.getUint32(used, true)]).toEqual(['0123', 4])
    expect(guest.call('path_readlink', root, ...guest.put('tmp/f'), into, 4, used)).toBe(
      Errno.inval,
    )
    expect(guest.call('path_readlink', root, ...guest.put('tmp/none'), into, 4, used)).toBe(
      Errno.noent,
    )
  })

  test('path_filestat_get tells links from what they lead to', () => {
    const guest = populated()
    expect(guest.stat('tmp/l', false)).toMatchObject({ errno: 0, type: 7, size: 1n })
    expect(guest.stat('tmp/l')).toMatchObject({ type: 4, size: 1n })
    expect(guest.stat('tmp/ld/', false).type).toBe(3)
    expect(guest.stat('dev').type).toBe(3)
    expect(guest.stat('dev/null').type).toBe(2)
    expect(guest.stat('none').errno).toBe(Errno.noent)
  })
})

describe('arguments and environment', () => {
  test('are laid out with pointers and NULs', () => {
    const guest = new HandGuest({ args: ['prog', '한'], env: { A: '1', B: '' } })
    const [count, size] = [guest.take(4), guest.take(4)]
    expect(guest.call('args_sizes_get', count, size)).toBe(0)
    expect([guest.view.getUint32(count, true), guest.view.getUint32(size, true)]).toEqual([2, 9])
    const [pointers, buffer] = [guest.take(8), guest.take(9)]
    expect(guest.call('args_get', pointers, buffer)).toBe(0)
    expect(guest.text(buffer, 9)).toBe('prog\0한\0')
    expect(guest.view.getUint32(pointers + 4, true)).toBe(buffer + 5)
    expect(guest.call('environ_sizes_get', count, size)).toBe(0)
    expect([guest.view.getUint32(count, true), guest.view.getUint32(size, true)]).toEqual([2, 7])
    expect(guest.call('environ_get', pointers, buffer)).toBe(0)
    expect(guest.text(buffer, 7)).toBe('A=1\0B=\0')
  })

  test('refuse NUL', () => {
    const files = createVirtualFiles({ quota: { bytes: 0, inodes: 2 } })
    expect(() => createWasi({ files, args: ['a\0b'] })).toThrow(TypeError)
    expect(() => createWasi({ files, env: { A: 'a\0b' } })).toThrow(TypeError)
  })
})

describe('clocks, randomness and sleep', () => {
  const clock = { realtimeNs: () => 1_000n, monotonicNs: () => 50n }

  test('come from the host that was given', () => {
    const guest = new HandGuest({ clock, random: (into) => void into.fill(9) })
    const at = guest.take(8)
    const time = (id: number): [number, bigint] => [
      guest.call('clock_time_get', id, 0n, at),
      guest.view.getBigUint64(at, true),
    ]
    expect([time(0), time(1), time(2), time(3)]).toEqual([
      [0, 1000n],
      [0, 50n],
      [0, 0n],
      [0, 0n],
    ])
    expect(time(4)[0]).toBe(Errno.inval)
    expect(guest.u64('clock_res_get', 1).value).toBe(1000n)
    expect(guest.call('random_get', at, 8)).toBe(0)
    expect(guest.view.getBigUint64(at, true)).toBe(0x0909090909090909n)
  })

  test('by default fill every byte of a long buffer at random', () => {
    const guest = new HandGuest()
    expect(guest.call('random_get', 0, 131_072)).toBe(0)
    const tail = guest.bytes(131_000, 72)
    expect(new Set(tail).size).toBeGreaterThan(20)
  })

  function subscriptions(
    guest: HandGuest,
    wanted: {
      clock?: [id: number, timeout: bigint, flags: number]
      read?: number
      write?: number
    }[],
  ): { errno: number; events: { data: bigint; error: number; tag: number; bytes: bigint }[] } {
    const from = guest.take(48 * wanted.length)
    const into = guest.take(32 * wanted.length)
    const result = guest.take(4)
    for (const [n, one] of wanted.entries()) {
      const at = from + n * 48
      guest.view.setBigUint64(at, BigInt(n + 100), true)
      guest.view.setUint8(at + 8, one.clock ? 0 : one.read === undefined ? 2 : 1)
      guest.view.setUint32(at + 16, one.clock?.[0] ?? one.read ?? one.write ?? 0, true)
      if (!one.clock) continue
      guest.view.setBigUint64(at + 24, one.clock[1], true)
      guest.view.setUint16(at + 40, one.clock[2], true)
    }
    const errno = guest.call('poll_oneoff', from, into, wanted.length, result)
    const events = Array.from({ length: guest.view.getUint32(result, true) }, (_, n) => {
      const at = into + n * 32
      const view = guest.view
      return {
        data: view.getBigUint64(at, true),
        error: view.getUint16(at + 8, true),
        tag: view.getUint8(at + 10),
        bytes: view.getBigUint64(at + 16, true),
      }
    })
    return { errno, events }
  }

  test('poll_oneoff sleeps until the first clock, relative or absolute', () => {
    const slept: number[] = []
    const guest = new HandGuest({
      clock: { realtimeNs: () => 1_000_000n, monotonicNs: () => 4_000_000n },
      sleep: (ms) => void slept.push(ms),
    })
    expect(
      subscriptions(guest, [{ clock: [1, 9_000_000n, 0] }, { clock: [1, 6_000_000n, 1] }]).events,
    ).toEqual([{ data: 101n, error: 0, tag: 0, bytes: 0n }])
    expect(subscriptions(guest, [{ clock: [0, 5n, 1] }]).events).toHaveLength(1)
    expect(slept).toEqual([2])
  })

  test('poll_oneoff finds files and streams ready at once', () => {
    const slept: number[] = []
    const guest = new HandGuest({ sleep: (ms) => void slept.push(ms) })
    guest.files.writeFile('/tmp/f', bytes('12345'))
    const { fd } = guest.open('tmp/f')
    const { events } = subscriptions(guest, [
      { read: fd },
      { write: 1 },
      { clock: [1, 10n ** 12n, 0] },
      { read: 77 },
      { read: 1 },
    ])
    expect(events).toEqual([
      { data: 100n, error: 0, tag: 1, bytes: 5n },
      { data: 101n, error: 0, tag: 2, bytes: 1n },
      { data: 103n, error: Errno.badf, tag: 1, bytes: 0n },
      { data: 104n, error: Errno.notcapable, tag: 1, bytes: 0n },
    ])
    expect(slept).toEqual([])
    expect(subscriptions(guest, []).errno).toBe(Errno.inval)
    expect(subscriptions(guest, [{ clock: [9, 0n, 0] }]).events).toEqual([
      { data: 100n, error: Errno.inval, tag: 0, bytes: 0n },
    ])
  })

  test('poll_oneoff really waits by default', () => {
    const guest = new HandGuest()
    const before = performance.now()
    subscriptions(guest, [{ clock: [1, 30_000_000n, 0] }])
    expect(performance.now() - before).toBeGreaterThan(25)
  })
})

describe('what there is not', () => {
  test('sockets', () => {
    const guest = new HandGuest()
    for (const name of ['sock_accept', 'sock_recv', 'sock_send', 'sock_shutdown'] as const) {
      expect(guest.call(name, 1, 0, 0, 0, 0, 0)).toBe(Errno.notsock)
      expect(guest.call(name, 50, 0, 0, 0, 0, 0)).toBe(Errno.badf)
    }
  })

  test('functions outside the allow-list answer notcapable, whatever they are given', () => {
    const guest = new HandGuest({ allow: ['fd_write'] })
    expect(guest.write(1, 'x').errno).toBe(0)
    expect(guest.read(0, 1).errno).toBe(76)
    expect(guest.open('tmp/x', { oflags: 1 }).errno).toBe(76)
    expect(guest.call('random_get', -1, 1)).toBe(76)
    expect(guest.call('sched_yield')).toBe(76)
    expect(guest.files.exists('/tmp/x')).toBe(false)
    expect(() => new HandGuest({ allow: ['fd_wriet'] })).toThrow('fd_wriet')
    expect(() => guest.call('proc_exit', 3)).toThrow('exit 3')
  })
})

describe('hostile addresses', () => {
  const far = [0x20000, 0x1ffff, -1, -4, 0x7fffffff, -0x80000000]
  const calls: [SystemCallName, (at: number) => (number | bigint)[]][] = [
    ['args_sizes_get', (at) => [at, 0]],
    ['args_get', (at) => [0, at]],
    ['environ_get', (at) => [at, 0]],
    ['clock_time_get', (at) => [0, 0n, at]],
    ['clock_res_get', (at) => [0, at]],
    ['random_get', (at) => [at, 100]],
    ['fd_read', (at) => [4, at, 1, 0]],
    ['fd_read', (at) => [4, 64, 1, at]],
    ['fd_write', (at) => [4, at, 1, 0]],
    ['fd_pread', (at) => [4, at, 1, 0n, 0]],
    ['fd_pwrite', (at) => [4, at, 1, 0n, 0]],
    ['fd_readdir', (at) => [3, at, 100, 0n, 0]],
    ['fd_readdir', (at) => [3, 0, 100, 0n, at]],
    ['fd_fdstat_get', (at) => [4, at]],
    ['fd_filestat_get', (at) => [4, at]],
    ['fd_prestat_get', (at) => [3, at]],
    ['fd_seek', (at) => [4, 0n, 0, at]],
    ['fd_tell', (at) => [4, at]],
    ['path_open', (at) => [3, 0, at, 5, 0, 0n, 0n, 0, 0]],
    ['path_open', (at) => [3, 0, 0, 0, 0, 0n, 0n, 0, at]],
    ['path_filestat_get', (at) => [3, 0, at, 9, 0]],
    ['path_filestat_get', (at) => [3, 0, 200, 5, at]],
    ['path_readlink', (at) => [3, 200, 5, at, 9, 0]],
    ['path_create_directory', (at) => [3, at, 3]],
    ['path_symlink', (at) => [at, 3, 3, at, 3]],
    ['path_rename', (at) => [3, at, 3, 3, at, 3]],
    ['poll_oneoff', (at) => [at, 0, 1, 0]],
    ['poll_oneoff', (at) => [0, at, 1, 0]],
    ['poll_oneoff', (at) => [0, 0, 1, at]],
  ]
  test.each(calls)('%s answers fault and never throws', (name, args) => {
    const guest = new HandGuest({ args: ['a'], env: { A: '1' } })
    guest.files.writeFile('/tmp/f', bytes('12345'))
    guest.files.symlink('abc', '/tmp/l')
    expect(guest.open('tmp/f').fd).toBe(4)
    new Uint8Array(guest.memory.buffer).set(bytes('tmp/l'), 200)
    guest.view.setUint32(64, 500, true)
    guest.view.setUint32(68, 5, true)
    for (const at of far) expect([at, guest.call(name, ...args(at))]).toEqual([at, Errno.fault])
  })

  test('buffers inside a list are checked too, and lists are short', () => {
    const guest = new HandGuest()
    const { fd } = guest.open('tmp/f', { oflags: 1 })
    expect(guest.call('fd_write', fd, ...guest.iovs([0x1fff0, 17]), 0)).toBe(Errno.fault)
    expect(guest.call('fd_write', fd, ...guest.iovs([4, 0xffff_ffff]), 0)).toBe(Errno.fault)
    expect(guest.call('fd_write', fd, 0, 1025, 0)).toBe(Errno.inval)
    expect(guest.call('fd_write', fd, 0, -1, 0)).toBe(Errno.inval)
    expect(guest.call('poll_oneoff', 0, 0, -1, 0)).toBe(Errno.inval)
  })

  test('memory is seen as it is after it has grown', () => {
    const guest = new HandGuest({ random: (into) => void into.fill(1) })
    expect(guest.call('random_get', 0x20000, 1)).toBe(Errno.fault)
    guest.memory.grow(1)
    expect(guest.call('random_get', 0x20000, 1)).toBe(0)
    expect(guest.bytes(0x20000, 1)).toEqual(Uint8Array.of(1))
  })
})

describe('devices', () => {
  test('that claim more than they were asked for are broken, not trusted', () => {
    const claim = (count: number): HandGuest =>
      new HandGuest({ devices: { '/dev/liar': { read: () => count } } })
    for (const count of [11, -1, 1.5, Number.NaN]) {
      const guest = claim(count)
      expect(guest.read(guest.open('dev/liar').fd, 10).errno).toBe(Errno.io)
    }
  })

  test('may stand anywhere and win over files there', () => {
    const files = createVirtualFiles({ quota: { bytes: 100, inodes: 10 } })
    files.makeDirectory('/dev')
    files.writeFile('/dev/own', bytes('mine'))
    files.writeFile('/tmp/tty', bytes('hidden'))
    const guest = new HandGuest({ files, devices: { '/tmp/tty': { read: () => 0 } } })
    expect(guest.stat('tmp/tty').type).toBe(2)
    expect(guest.read(guest.open('dev/own').fd, 9).text).toBe('mine')
    const { entries } = guest.readdir(guest.open('dev', { oflags: 2 }).fd, 0n, 1000)
    expect(entries.map(({ name }) => name)).toContain('own')
    expect(() => new HandGuest({ devices: { '/dev/null/x': {} } })).toThrow(TypeError)
    expect(() => new HandGuest({ devices: { relative: {} } })).toThrow(TypeError)
  })
})
