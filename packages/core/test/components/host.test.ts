import { expect, test } from 'vitest'
import { createVirtualFiles } from '../../src/files/index.ts'
import { closeWorld, createWasi2 } from '../../src/wasi2/create-wasi2.ts'
import type { Descriptor } from '../../src/wasi2/descriptor.ts'
import { poll, Pollable } from '../../src/wasi2/poll.ts'
import { StreamError, type InputStream, type OutputStream } from '../../src/wasi2/streams.ts'
import type { World } from '../../src/wasi2/world.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const text = (given: Uint8Array): string => new TextDecoder().decode(given)

interface Here {
  readonly world: World
  readonly root: Descriptor
  readonly written: string[]
  readonly slept: number[]
  readonly get: (module: string, name: string) => (...args: unknown[]) => unknown
}

function here(given: Partial<World> = {}): Here {
  const written: string[] = []
  const slept: number[] = []
  let now = 1000n
  const world: World = {
    files: createVirtualFiles({ quota: { bytes: 1000, inodes: 20 } }),
    preopens: ['/'],
    args: ['program', 'a'],
    env: { HOME: '/' },
    stdin: bytes('typed in'),
    write: (stream, part) => void written.push(`${stream}:${text(part)}`),
    clock: { realtimeNs: () => 1_700_000_000_123_456_789n, monotonicNs: () => now },
    random: (into) => into.fill(7),
    sleep(ms) {
      slept.push(ms)
      now += BigInt(ms * 1e6)
    },
    allow: undefined,
    open: new Set(),
    ...given,
  }
  const interfaces = createWasi2(world)
  const get = (module: string, name: string): ((...args: unknown[]) => unknown) =>
    interfaces[module]?.[name] as (...args: unknown[]) => unknown
  const [first] = get('wasi:filesystem/preopens', 'getDirectories')() as [Descriptor, string][]
  if (first === undefined) throw new Error('There is no folder.')
  return { world, root: first[0], written, slept, get }
}

const ok = <T>(result: { tag: 'ok'; val: T } | { tag: 'err'; val: unknown }): T => {
  if (result.tag === 'ok') return result.val
  throw new Error(`The answer is the error ${JSON.stringify(result.val)}.`)
}
const rw = { read: true, write: true }
const make = (root: Descriptor, path: string): Descriptor =>
  ok(root.openAt({}, path, { create: true }, rw))

test('files are written and read at places, by streams and at their end', () => {
  const { root } = here()
  const file = make(root, 'f')
  expect(ok(file.write(bytes('hello'), 0n))).toBe(5n)
  expect(ok(ok(file.appendViaStream()).write(bytes('!')))).toBeUndefined()
  const out = ok(file.writeViaStream(6n))
  expect(ok(out.checkWrite())).toBe(1n << 20n)
  ok(out.writeZeroes(2n))
  ok(out.blockingWriteAndFlush(bytes('z')))
  expect(
    ok(file.read(100n, 3n)).map((one) => (typeof one === 'boolean' ? one : text(one))),
  ).toEqual(['lo!\0\0z', false])
  expect(ok(file.read(100n, 9n))[1]).toBe(true)
  const input = ok(file.readViaStream(0n))
  expect(text(ok(input.read(2n)))).toBe('he')
  expect(ok(input.skip(2n))).toBe(2n)
  expect(ok(ok(make(root, 'g').writeViaStream(0n)).splice(input, 100n))).toBe(5n)
  expect(input.read(1n)).toEqual({ tag: 'err', val: { tag: 'closed' } })
  expect(text(ok(ok(root.openAt({}, 'g', {}, { read: true })).read(9n, 0n))[0])).toBe('o!\0\0z')
})

test('what cannot be is the error that the interface has for it', () => {
  const { root, world } = here()
  const file = make(root, 'f')
  ok(root.createDirectoryAt('d'))
  ok(root.symlinkAt('/d', 'l'))
  const reading = ok(root.openAt({}, 'f', {}, { read: true }))
  const errors = {
    missing: root.openAt({}, 'none', {}, rw),
    exists: root.openAt({}, 'f', { create: true, exclusive: true }, rw),
    folderToWrite: root.openAt({}, 'd', {}, rw),
    noFolder: root.openAt({}, 'f', { directory: true }, { read: true }),
    link: root.openAt({}, 'l', {}, { read: true }),
    above: root.openAt({}, '../x', {}, { read: true }),
    absolute: root.openAt({}, '/f', {}, { read: true }),
    notOpenToWrite: reading.write(bytes('x'), 0n),
    quota: file.write(new Uint8Array(2000), 0n),
    hugePlace: file.write(bytes('x'), 2n ** 63n),
    folderOfFile: file.statAt({}, 'x'),
    full: root.removeDirectoryAt('f'),
    folder: root.unlinkFileAt('d'),
    noLink: root.readlinkAt('f'),
  }
  expect(Object.fromEntries(Object.entries(errors).map(([name, one]) => [name, one.val]))).toEqual({
    missing: 'no-entry',
    exists: 'exist',
    folderToWrite: 'is-directory',
    noFolder: 'not-directory',
    link: 'loop',
    above: 'not-permitted',
    absolute: 'not-permitted',
    notOpenToWrite: 'bad-descriptor',
    quota: 'quota',
    hugePlace: 'invalid',
    folderOfFile: 'not-directory',
    full: 'not-directory',
    folder: 'is-directory',
    noLink: 'invalid',
  })
  const failed = ok(file.writeViaStream(0n)).write(new Uint8Array(2000))
  expect(failed).toMatchObject({ tag: 'err', val: { tag: 'last-operation-failed' } })
  expect(world.files.stat('/f').sizeBytes).toBe(0)
})

test('entries are listed, linked, renamed, stamped and told apart', () => {
  const { root, world, get } = here()
  const file = make(root, 'f')
  ok(root.createDirectoryAt('d'))
  ok(root.linkAt({}, 'f', root, 'd/same'))
  ok(root.renameAt('f', ok(root.openAt({}, 'd', { directory: true }, { read: true })), 'g'))
  ok(
    file.setTimes({ tag: 'no-change' }, { tag: 'timestamp', val: { seconds: 5n, nanoseconds: 0 } }),
  )
  ok(root.setTimesAt({}, 'd/g', { tag: 'now' }, { tag: 'no-change' }))
  ok(file.setSize(3n))
  expect(ok(root.statAt({}, 'd/same'))).toMatchObject({
    type: 'regular-file',
    linkCount: 2n,
    size: 3n,
  })
  expect(world.files.stat('/d/g').accessedAtMs).toBeCloseTo(1_700_000_000_123.4568, 3)
  const again = ok(root.openAt({}, 'd/same', {}, { read: true }))
  expect([file.isSameObject(again), file.isSameObject(root)]).toEqual([true, false])
  expect(ok(file.metadataHash())).toEqual(ok(root.metadataHashAt({}, 'd/g')))
  const folder = ok(root.openAt({}, 'd', { directory: true }, { read: true }))
  const entries = ok(folder.readDirectory())
  expect([1, 2, 3].map(() => ok(entries.readDirectoryEntry()))).toEqual([
    { type: 'regular-file', name: 'same' },
    { type: 'regular-file', name: 'g' },
    undefined,
  ])
  expect([ok(folder.getType()), ok(folder.getFlags())]).toEqual([
    'directory',
    { read: true, write: false, mutateDirectory: true },
  ])
  expect(get('wasi:filesystem/types', 'filesystemErrorCode')(new StreamError('quota'))).toBe(
    'quota',
  )
  expect([ok(file.advise()), ok(file.sync()), ok(file.syncData())]).toEqual([
    undefined,
    undefined,
    undefined,
  ])
})

test('devices lie over the files, and nothing of the host', () => {
  const { root } = here()
  const random = ok(root.openAt({}, 'dev/urandom', {}, { read: true }))
  expect([...ok(random.read(3n, 0n))[0]]).toEqual([7, 7, 7])
  expect(ok(ok(root.openAt({}, 'dev/null', {}, rw)).write(bytes('gone'), 0n))).toBe(4n)
  expect(root.unlinkFileAt('dev/null').val).toBe('read-only')
  expect(ok(random.getType())).toBe('character-device')
})

test('a file that is open lives on when its name is gone, until it is dropped or the run ends', () => {
  const { root, world } = here()
  const kept = make(root, 'kept')
  const dropped = make(root, 'dropped')
  ok(kept.write(bytes('x'), 0n))
  for (const name of ['kept', 'dropped']) ok(root.unlinkFileAt(name))
  expect(text(ok(kept.read(1n, 0n))[0])).toBe('x')
  const before = world.files.usage().inodes
  dropped[Symbol.dispose]()
  dropped[Symbol.dispose]()
  expect(world.files.usage().inodes).toBe(before - 1)
  expect(ok(dropped.readViaStream(0n)).read(1n)).toMatchObject({
    val: { tag: 'last-operation-failed', val: { code: 'no-entry' } },
  })
  closeWorld(world)
  expect([world.files.usage().inodes, world.open.size]).toEqual([before - 2, 0])
})

test('pollables tell what is due, and sleep for the one that is due first', () => {
  const { get, slept } = here()
  const after = get('wasi:clocks/monotonic-clock', 'subscribeDuration') as (ns: bigint) => Pollable
  const at = get('wasi:clocks/monotonic-clock', 'subscribeInstant') as (ns: bigint) => Pollable
  const [soon, late, past] = [after(5_000_000n), after(9_000_000n), at(1n)]
  expect([soon.ready(), past.ready(), new Pollable().ready()]).toEqual([false, true, true])
  expect([...poll([soon, past, new Pollable()])]).toEqual([1, 2])
  expect(slept).toEqual([])
  expect([...poll([late, soon])]).toEqual([1])
  late.block()
  past.block()
  expect(slept).toEqual([5, 4])
  expect(() => poll([])).toThrow(WebAssembly.RuntimeError)
})

test('streams, surroundings, clocks and random bytes are those of the world', () => {
  const { get, written } = here()
  const out = get('wasi:cli/stdout', 'getStdout')() as OutputStream
  ok(out.write(bytes('one')))
  ok(out.flush())
  ok((get('wasi:cli/stderr', 'getStderr')() as OutputStream).blockingWriteAndFlush(bytes('two')))
  expect(written).toEqual(['stdout:one', 'stderr:two'])
  const stdin = get('wasi:cli/stdin', 'getStdin')() as InputStream
  expect(text(ok(stdin.blockingRead(5n)))).toBe('typed')
  expect(ok((get('wasi:cli/stdin', 'getStdin')() as InputStream).blockingSkip(10n))).toBe(3n)
  expect(stdin.read(0n)).toEqual({ tag: 'ok', val: new Uint8Array() })
  expect(stdin.read(1n)).toEqual({ tag: 'err', val: { tag: 'closed' } })
  expect(get('wasi:cli/environment', 'getArguments')()).toEqual(['program', 'a'])
  expect(get('wasi:cli/environment', 'getEnvironment')()).toEqual([['HOME', '/']])
  expect(get('wasi:clocks/wall-clock', 'now')()).toEqual({
    seconds: 1_700_000_000n,
    nanoseconds: 123_456_789,
  })
  expect(get('wasi:random/random', 'getRandomU64')()).toBe(0x0707070707070707n)
  expect(() => get('wasi:cli/exit', 'exit')({ tag: 'err' })).toThrow('exit 1')
  expect(() => get('wasi:cli/exit', 'exitWithCode')(7)).toThrow('exit 7')
})

test('what syscallFilter leaves out is not-permitted, or ends the call', () => {
  const { root, get } = here({ allow: ['fd_prestat_get'] })
  expect(root.openAt({}, 'f', { create: true }, rw).val).toBe('not-permitted')
  expect(root.statAt({}, 'tmp').val).toBe('not-permitted')
  for (const [module, name] of [
    ['wasi:random/random', 'getRandomU64'],
    ['wasi:clocks/monotonic-clock', 'now'],
    ['wasi:clocks/wall-clock', 'now'],
    ['wasi:cli/environment', 'getEnvironment'],
  ] as const)
    expect(() => get(module, name)()).toThrow(expect.objectContaining({ code: 'FORBIDDEN' }))
})
