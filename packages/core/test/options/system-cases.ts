import {
  createVirtualFiles,
  decodeChange,
  encodeChange,
  restoreFiles,
  type FileChange,
} from '../../src/files/index.ts'
import { createWasi, Errno, type Wasi } from '../../src/wasi/index.ts'
import { equal, of, throws, type Case } from '../both/case.ts'
import { HandGuest } from '../wasi/by-hand.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const quota = { bytes: 100, inodes: 10 }

/** Files and the system interface, which containers and interpreters stand on. */
export const systemCases: readonly Case[] = [
  {
    title: 'bytes and inodes of a quota: one more is refused and changes nothing, by whatever way',
    attacks: [...of('FileQuota', 'bytes inodes'), ...of('VirtualFilesOptions', 'quota')],
    async run() {
      const files = createVirtualFiles({ quota })
      files.writeFile('/tmp/a', new Uint8Array(100))
      const before = files.snapshot()
      throws(() => files.writeFile('/tmp/b', bytes('x')), 'EDQUOT')
      throws(() => files.truncate('/tmp/a', 101), 'EDQUOT')
      throws(() => files.truncate('/tmp/a', 2 ** 50), 'EFBIG')
      throws(() => files.copy('/tmp/a', '/tmp/c'), 'EDQUOT')
      throws(() => files.symlink('target', '/tmp/l'), 'EDQUOT')
      equal([...files.snapshot()], [...before])
      files.truncate('/tmp/a', 0)
      while (files.usage().inodes < 10) files.makeDirectory(`/tmp/d${files.usage().inodes}`)
      throws(() => files.makeDirectory('/tmp/more'), 'ENOSPC')
      throws(() => createVirtualFiles({ quota: { bytes: Number.NaN, inodes: 1 } }), 'EINVAL')
      throws(() => createVirtualFiles({ quota: { bytes: 1, inodes: 0 } }), 'ENOSPC')
      throws(() => restoreFiles(before, { quota: { bytes: 99, inodes: 10 } }), 'EDQUOT')
    },
  },
  {
    title: 'now of virtual files: what is no time is no time of a file',
    attacks: of('VirtualFilesOptions', 'now'),
    async run() {
      let now = 5
      const files = createVirtualFiles({ quota, now: () => now })
      files.writeFile('/tmp/a', bytes('x'))
      now = -1
      files.writeFile('/tmp/a', bytes('y'))
      equal(files.stat('/tmp/a').modifiedAtMs, -1)
      throws(() => files.touch('/tmp/a', Number.NaN, 0), 'EINVAL')
    },
  },
  {
    title: 'system files: nobody writes, moves or removes them, or has one outside of its place',
    attacks: of('VirtualFilesOptions', 'system'),
    async run() {
      const system = new Map([['/usr/a', bytes('mine')]])
      const files = createVirtualFiles({ quota, system })
      for (const attempt of [
        () => files.writeFile('/usr/a', bytes('x')),
        () => files.remove('/usr', { recursive: true }),
        () => files.rename('/usr/a', '/tmp/a'),
        () => files.truncate('/usr/a', 0),
        () => files.link('/usr/a', '/tmp/a'),
      ])
        throws(attempt, 'EROFS')
      equal(new TextDecoder().decode(files.readFile('/usr/a')), 'mine')
      const at = (path: string) => () =>
        createVirtualFiles({ quota, system: new Map([[path, bytes('')]]) })
      throws(at('relative'), 'EINVAL')
      throws(at('/tmp'), 'EEXIST')
    },
  },
  {
    title: 'a change from elsewhere: what does not fit the tree or the quota is refused as a whole',
    attacks: of(
      'FileChange',
      'type ino kind parent name target atMs offset bytes sizeBytes newParent newName accessedAtMs modifiedAtMs',
    ),
    async run() {
      const files = createVirtualFiles({ quota })
      files.writeFile('/tmp/a', bytes('x'))
      const { ino } = files.stat('/tmp/a')
      const atMs = 1
      const before = files.snapshot()
      const made = { type: 'made', ino: 77, kind: 'file', parent: 1, name: 'n', atMs } as const
      const changes: FileChange[] = [
        { ...made, parent: 999 },
        { ...made, name: '..' },
        { ...made, name: 'a/b' },
        { ...made, kind: 'symlink', target: 'x'.repeat(200) },
        { type: 'written', ino, offset: -1, bytes: bytes('x'), atMs },
        { type: 'written', ino, offset: 2 ** 40, bytes: bytes('x'), atMs },
        { type: 'written', ino: 999, offset: 0, bytes: bytes('x'), atMs },
        { type: 'resized', ino, sizeBytes: 101, atMs },
        { type: 'linked', ino: 999, parent: 1, name: 'l', atMs },
        { type: 'unlinked', parent: 1, name: 'absent', atMs },
        { type: 'renamed', parent: 1, name: 'tmp', newParent: 999, newName: 'x', atMs },
        { type: 'touched', ino, accessedAtMs: Number.NaN, modifiedAtMs: 0 },
      ]
      for (const change of changes) {
        let isRefused = false
        try {
          files.apply(decodeChange(encodeChange(change)))
        } catch {
          isRefused = true
        }
        if (!isRefused) throw new Error(`it took ${JSON.stringify(change)}`)
        equal([...files.snapshot()], [...before])
      }
      throws(() => decodeChange(Uint8Array.of(250)), 'EINVAL')
      throws(() => decodeChange(new Uint8Array()), 'EINVAL')
    },
  },
  {
    title: 'files, preopens and allow of WASI: no path leaves them and no other function works',
    attacks: of('WasiOptions', 'files preopens allow'),
    async run() {
      const files = createVirtualFiles({ quota: { bytes: 1000, inodes: 20 } })
      files.writeFile('/secret', bytes('x'))
      files.symlink('/secret', '/workspace/link')
      files.symlink('../secret', '/workspace/up')
      const guest = new HandGuest({ files, preopens: ['/workspace'] })
      for (const path of ['../secret', '/secret', 'link', 'up', './../secret', 'a/../../secret'])
        if (guest.open(path).errno === Errno.success) throw new Error(`${path} leads out`)
      equal(guest.open('../secret', { dir: 99 }).errno, Errno.badf)
      const deaf = new HandGuest({ files, allow: ['fd_write'] })
      equal(deaf.open('secret').errno, Errno.notcapable)
      equal(deaf.call('random_get', deaf.take(8), 8), Errno.notcapable)
      throws(() => new HandGuest({ preopens: ['/absent'] }), 'TypeError')
    },
  },
  {
    title: 'start, initialize, recover and close of WASI: one run each, and what ended stays ended',
    attacks: of('Wasi', 'start initialize recover close'),
    async run(load) {
      const open = async (name: string): Promise<[Wasi, WebAssembly.Instance]> => {
        const wasi = createWasi({ files: createVirtualFiles({ quota }), args: ['p', 'a'] })
        const bytes = Uint8Array.from(await load(name))
        return [wasi, (await WebAssembly.instantiate(bytes, wasi.imports)).instance]
      }
      const [command, program] = await open('command.wasm')
      equal(command.start(program), 1)
      throws(() => command.start(program), 'TypeError')
      throws(() => command.initialize(program), 'TypeError')
      const [reactor, module] = await open('reactor.wasm')
      throws(() => reactor.start(module), 'TypeError')
      reactor.initialize(module)
      const { leave, print } = module.exports as Record<string, (n: number) => void>
      throws(() => leave?.(3), 'ProcessExit')
      reactor.recover()
      throws(() => print?.(1), 'ProcessExit')
      reactor.close()
      reactor.close()
    },
  },
  {
    title: 'args and env of WASI: they reach no further than the memory of the guest',
    attacks: of('WasiOptions', 'args env'),
    async run() {
      const guest = new HandGuest({ args: ['p', 'ü'], env: { A: '1' } })
      equal(guest.call('args_sizes_get', 0xffff_fffc, 0), Errno.fault)
      equal(guest.call('args_get', 0xffff_ffff, 0), Errno.fault)
      equal(guest.call('environ_get', 16, 0xffff_fff0), Errno.fault)
      const [count, size] = [guest.take(4), guest.take(4)]
      guest.call('environ_sizes_get', count, size)
      equal([guest.view.getUint32(count, true), guest.view.getUint32(size, true)], [1, 4])
      throws(() => new HandGuest({ args: ['a\0b'] }), 'TypeError')
      throws(() => new HandGuest({ env: { A: 'a\0b' } }), 'TypeError')
    },
  },
  {
    title:
      'stdin, stdout, stderr and devices of WASI: one that lies or throws harms the guest alone',
    attacks: [
      ...of('WasiOptions', 'stdin stdout stderr devices'),
      ...of('WasiDevice', 'read write'),
    ],
    async run() {
      const write = (): never => {
        throw new RangeError('broken')
      }
      const guest = new HandGuest({
        stdin: { read: (into) => into.fill(1).length },
        stdout: { write },
        stderr: { write },
        devices: { '/dev/mine': { read: () => 0 } },
      })
      const [at, length] = guest.put('text')
      const vector = guest.take(8)
      guest.view.setUint32(vector, at, true)
      guest.view.setUint32(vector + 4, length, true)
      const result = guest.take(4)
      equal(guest.call('fd_read', 0, vector, 1, result), Errno.success)
      guest.view.setUint32(vector + 4, 0xffff_ffff, true)
      equal(guest.call('fd_read', 0, vector, 1, result), Errno.fault)
      equal(guest.call('fd_write', 1, vector, 1, result), Errno.fault)
      equal(guest.open('dev/mine').errno, Errno.success)
      equal(guest.open('dev/other').errno, Errno.noent)
      guest.view.setUint32(vector + 4, length, true)
      for (const stream of [1, 2])
        throws(() => guest.call('fd_write', stream, vector, 1, result), 'RangeError')
    },
  },
  {
    title:
      'clock, random and sleep of WASI: what they throw ends the guest, and no wait is endless',
    attacks: [
      ...of('WasiOptions', 'clock random sleep'),
      ...of('WasiClock', 'realtimeNs monotonicNs'),
    ],
    async run() {
      const slept: number[] = []
      const guest = new HandGuest({
        clock: { realtimeNs: () => 2n ** 63n, monotonicNs: () => 7n },
        random: (into) => void into.fill(9),
        sleep: (ms) => void slept.push(ms),
      })
      const at = guest.take(16)
      equal(guest.call('clock_time_get', 0, 0n, at), Errno.success)
      equal(String(guest.view.getBigUint64(at, true)), String(2n ** 63n))
      equal(guest.call('clock_time_get', 77, 0n, at), Errno.inval)
      equal(guest.call('clock_time_get', 1, 0n, 0xffff_fffc), Errno.fault)
      guest.call('random_get', at, 4)
      equal([...guest.bytes(at, 5)], [9, 9, 9, 9, 0])
      equal(guest.call('random_get', 0, 0x7fff_ffff), Errno.fault)
      const broken = new HandGuest({
        random: () => {
          throw new RangeError('broken')
        },
      })
      throws(() => broken.call('random_get', at, 4), 'RangeError')
      // One subscription to a clock, a day away.
      const [subscription, event] = [guest.take(48), guest.take(32)]
      guest.view.setUint32(subscription + 16, 1, true)
      guest.view.setBigUint64(subscription + 24, 86_400_000_000_000n, true)
      equal(guest.call('poll_oneoff', subscription, event, 1, guest.take(4)), Errno.success)
      equal(slept, [86_400_000])
    },
  },
]
