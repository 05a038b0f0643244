import fc from 'fast-check'
import { expect, test } from 'vitest'
import { restoreFiles } from '../../src/files/index.ts'
import { ProcessExit } from '../../src/wasi/guest.ts'
import { Errno, type SystemCallName } from '../../src/wasi/index.ts'
import { systemCalls } from '../../src/wasi/system-calls.ts'
import { HandGuest } from './by-hand.ts'

const seed = 20_261_121
const memoryBytes = 2 * 65_536
const quota = { bytes: 200_000, inodes: 12 }

/** Parameters of each function: `w` for 32 bits, `l` for 64. Those that are not here have words only. */
const long: Partial<Record<SystemCallName, string>> = {
  clock_time_get: 'wlw',
  fd_advise: 'wllw',
  fd_allocate: 'wll',
  fd_fdstat_set_rights: 'wll',
  fd_filestat_set_size: 'wl',
  fd_filestat_set_times: 'wllw',
  fd_pread: 'wwwlw',
  fd_pwrite: 'wwwlw',
  fd_readdir: 'wwwlw',
  fd_seek: 'wlww',
  path_filestat_set_times: 'wwwwllw',
  path_open: 'wwwwwllww',
}
const names = Object.keys(systemCalls) as SystemCallName[]

/** Where the texts and vectors below lie. */
const texts = ['a', 'a/b', 'a/../b', 'b', '..', 'a/b/', '.', 'tmp', 'tmp/x', '../../x', '/x', '']
const textAt = 4096
const vectorAt = 8192
const edges = [
  0,
  1,
  7,
  8,
  24,
  48,
  255,
  256,
  1024,
  4095,
  memoryBytes - 64,
  memoryBytes - 8,
  memoryBytes - 4,
  memoryBytes - 1,
  memoryBytes,
  memoryBytes + 1,
  0x7fff_ffff,
  -0x8000_0000,
  -8,
  -1,
]
const word = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 9 }) },
  { weight: 2, arbitrary: fc.nat(texts.length - 1).map((n) => textAt + n * 16) },
  { weight: 1, arbitrary: fc.nat(4).map((n) => vectorAt + n * 8) },
  { weight: 2, arbitrary: fc.constantFrom(...edges) },
)
const longWord = fc.oneof(
  fc.constantFrom(
    0n,
    1n,
    -1n,
    2n ** 63n - 1n,
    -(2n ** 63n),
    2n ** 53n,
    2n ** 32n - 1n,
    2n ** 29n - 1n,
  ),
  fc.bigInt({ min: 0n, max: 300_000n }),
)
const systemCall = fc.constantFrom(...names).chain((name) =>
  fc.record({
    name: fc.constant(name),
    args: fc.tuple(
      ...Array.from(long[name] ?? 'wwwwwww', (kind) => (kind === 'l' ? longWord : word)),
    ),
  }),
)

function prepare(): { guest: HandGuest; slept: () => number } {
  let sleptMs = 0
  const guest = new HandGuest({
    quota,
    args: ['program', 'x'],
    env: { A: 'b' },
    clock: { realtimeNs: () => 2n ** 64n - 1n, monotonicNs: () => 5n },
    sleep: (ms) => void (sleptMs += ms),
    stdin: { read: () => 0 },
  })
  for (const [n, text] of texts.entries())
    new Uint8Array(guest.memory.buffer).set(new TextEncoder().encode(text), textAt + n * 16)
  const spans = [
    [0, 16],
    [vectorAt, 64],
    [memoryBytes - 16, 16],
    [textAt, 60_000],
    [0, memoryBytes],
  ]
  for (const [n, [at = 0, length = 0]] of spans.entries()) {
    guest.view.setUint32(vectorAt + n * 8, at, true)
    guest.view.setUint32(vectorAt + n * 8 + 4, length, true)
  }
  guest.files.makeDirectory('/a')
  guest.files.writeFile('/b', new Uint8Array(100))
  guest.files.symlink('../b', '/a/link')
  return { guest, slept: () => sleptMs }
}

const known: ReadonlySet<number> = new Set(Object.values(Errno))

test('whatever a guest passes to whatever function, it is told a number, and its files keep their quota', () => {
  fc.assert(
    fc.property(fc.array(systemCall, { minLength: 1, maxLength: 60 }), (calls) => {
      const { guest, slept } = prepare()
      for (const { name, args } of calls) {
        try {
          expect(known).toContain(guest.call(name, ...args))
        } catch (error) {
          expect(error).toBeInstanceOf(ProcessExit)
          break
        }
      }
      const usage = guest.files.usage()
      expect(usage.bytes).toBeLessThanOrEqual(quota.bytes)
      expect(usage.inodes).toBeLessThanOrEqual(quota.inodes)
      expect(slept()).not.toBeNaN()
      // What is only held open is in no snapshot.
      const kept = restoreFiles(guest.files.snapshot(), { quota }).usage()
      expect(kept.bytes).toBeLessThanOrEqual(usage.bytes)
      expect(kept.inodes).toBeLessThanOrEqual(usage.inodes)
    }),
    { numRuns: 3000, seed },
  )
})
