import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  decodeChange,
  encodeChange,
  FilesError,
  restoreFiles,
  type FileChange,
  type VirtualFiles,
} from '../../src/files/index.ts'
import { fresh, outcome, roomy, ticking } from './fresh.ts'

const names = ['a', 'b', '한', 'd']
const aPath = fc
  .array(fc.constantFrom(...names), { minLength: 1, maxLength: 3 })
  .map((parts) => `/tmp/${parts.join('/')}`)
const someBytes = fc.uint8Array({ maxLength: 40 })

type Step =
  | { do: 'write'; path: string; bytes: Uint8Array; append: boolean }
  | { do: 'folder'; path: string; recursive: boolean }
  | { do: 'remove'; path: string; recursive: boolean }
  | { do: 'rename'; from: string; to: string }
  | { do: 'copy'; from: string; to: string; overwrite: boolean }
  | { do: 'link'; from: string; to: string }
  | { do: 'symlink'; target: string; path: string }
  | { do: 'truncate'; path: string; size: number }
  | { do: 'touch'; path: string; ms: number }

const plainStep: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constant('write' as const),
    path: aPath,
    bytes: someBytes,
    append: fc.boolean(),
  }),
  fc.record({ do: fc.constant('folder' as const), path: aPath, recursive: fc.boolean() }),
  fc.record({ do: fc.constant('remove' as const), path: aPath, recursive: fc.boolean() }),
  fc.record({ do: fc.constant('rename' as const), from: aPath, to: aPath }),
  fc.record({ do: fc.constant('truncate' as const), path: aPath, size: fc.nat(60) }),
)
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  plainStep,
  fc.record({ do: fc.constant('copy' as const), from: aPath, to: aPath, overwrite: fc.boolean() }),
  fc.record({ do: fc.constant('link' as const), from: aPath, to: aPath }),
  fc.record({
    do: fc.constant('symlink' as const),
    target: fc.oneof(aPath, fc.constantFrom('a', '../b', '..', '/tmp/a/')),
    path: aPath,
  }),
  fc.record({ do: fc.constant('touch' as const), path: aPath, ms: fc.nat() }),
)

function take(files: VirtualFiles, step: Step): void {
  switch (step.do) {
    case 'write':
      return files.writeFile(step.path, step.bytes, { append: step.append })
    case 'folder':
      return files.makeDirectory(step.path, { recursive: step.recursive })
    case 'remove':
      return files.remove(step.path, { recursive: step.recursive })
    case 'rename':
      return files.rename(step.from, step.to)
    case 'copy':
      return files.copy(step.from, step.to, { overwrite: step.overwrite, recursive: true })
    case 'link':
      return files.link(step.from, step.to)
    case 'symlink':
      return files.symlink(step.target, step.path)
    case 'truncate':
      return files.truncate(step.path, step.size)
    case 'touch':
      return files.touch(step.path, step.ms, step.ms)
  }
}

/** Paths to bytes, folders to `null`: what the tree must look like, worked out the simple way. */
class Model {
  readonly entries = new Map<string, Uint8Array | null>([['/tmp', null]])

  take(step: Step): boolean {
    switch (step.do) {
      case 'write':
        return this.#write(step.path, step.bytes, step.append)
      case 'folder':
        return step.recursive ? this.#folders(step.path) : this.#folder(step.path)
      case 'remove':
        return this.#remove(step.path, step.recursive)
      case 'rename':
        return this.#rename(step.from, step.to)
      case 'truncate': {
        const old = this.entries.get(step.path)
        if (!old) return false
        const next = new Uint8Array(step.size)
        next.set(old.subarray(0, step.size))
        this.entries.set(step.path, next)
        return true
      }
      default:
        throw new Error('not in the model')
    }
  }

  #inFolder(path: string): boolean {
    return this.entries.get(path.slice(0, path.lastIndexOf('/'))) === null
  }

  #under(path: string): string[] {
    return [...this.entries.keys()].filter((key) => key.startsWith(`${path}/`))
  }

  #write(path: string, bytes: Uint8Array, append: boolean): boolean {
    if (!this.#inFolder(path) || this.entries.get(path) === null) return false
    const old = (append && this.entries.get(path)) || new Uint8Array(0)
    this.entries.set(path, Uint8Array.from([...old, ...bytes]))
    return true
  }

  #folder(path: string): boolean {
    if (!this.#inFolder(path) || this.entries.has(path)) return false
    this.entries.set(path, null)
    return true
  }

  #folders(path: string): boolean {
    const parts = path.split('/').slice(1)
    const all = parts.map((_, n) => `/${parts.slice(0, n + 1).join('/')}`)
    if (all.some((folder) => this.entries.get(folder) instanceof Uint8Array)) return false
    for (const folder of all) this.entries.set(folder, null)
    return true
  }

  #remove(path: string, recursive: boolean): boolean {
    if (!this.entries.has(path)) return false
    const under = this.#under(path)
    if (under.length > 0 && !recursive) return false
    for (const key of [path, ...under]) this.entries.delete(key)
    return true
  }

  #rename(from: string, to: string): boolean {
    const source = this.entries.get(from)
    const target = this.entries.get(to)
    if (source === undefined || !this.#inFolder(to)) return false
    if (from === to) return true
    if (to.startsWith(`${from}/`)) return false
    if (target !== undefined && (source === null) !== (target === null)) return false
    if (target === null && this.#under(to).length > 0) return false
    for (const key of [from, ...this.#under(from)]) {
      const value = this.entries.get(key)
      this.entries.delete(key)
      if (value !== undefined) this.entries.set(to + key.slice(from.length), value)
    }
    return true
  }
}

function contents(
  files: VirtualFiles,
  folder: string,
  into = new Map<string, Uint8Array | null>(),
): Map<string, Uint8Array | null> {
  into.set(folder, null)
  for (const { name, kind } of files.list(folder)) {
    const path = `${folder}/${name}`
    if (kind === 'directory') contents(files, path, into)
    else into.set(path, files.readFile(path))
  }
  return into
}

const sorted = (map: Map<string, Uint8Array | null>) =>
  [...map].sort(([a], [b]) => (a < b ? -1 : 1))

/** What the quota says must be what a walk over the whole tree adds up to. */
function countedBySnapshot(files: VirtualFiles): { bytes: number; inodes: number } {
  return restoreFiles(files.snapshot(), { quota: { bytes: Infinity, inodes: Infinity } }).usage()
}

test('behaves like a plain map of paths', () => {
  fc.assert(
    fc.property(fc.array(plainStep, { maxLength: 60 }), (steps) => {
      const files = fresh()
      const model = new Model()
      for (const step of steps) {
        const before = files.snapshot()
        const code = outcome(() => take(files, step))
        expect([step, code === 'ok']).toEqual([step, model.take(step)])
        if (code !== 'ok') expect(files.snapshot()).toEqual(before)
      }
      expect(sorted(contents(files, '/tmp'))).toEqual(sorted(model.entries))
      expect(countedBySnapshot(files)).toEqual(files.usage())
    }),
    { numRuns: 300 },
  )
})

test('a refused call changes nothing, under a small quota and with links', () => {
  fc.assert(
    fc.property(fc.array(anyStep, { maxLength: 40 }), (steps) => {
      const files = fresh({ bytes: 100, inodes: 8 })
      for (const step of steps) {
        const before = files.snapshot()
        if (outcome(() => take(files, step)) !== 'ok') expect(files.snapshot()).toEqual(before)
        expect(files.usage().bytes).toBeLessThanOrEqual(100)
        expect(files.usage().inodes).toBeLessThanOrEqual(8)
      }
      expect(countedBySnapshot(files)).toEqual(files.usage())
    }),
    { numRuns: 300 },
  )
})

test('two copies joined by encoded changes stay equal byte for byte', () => {
  fc.assert(
    fc.property(fc.array(anyStep, { maxLength: 50 }), fc.nat(50), (steps, joinAt) => {
      const first = fresh({ bytes: 400, inodes: 20 })
      const forget = first.onChange(() => undefined)
      for (const step of steps.slice(0, joinAt)) outcome(() => take(first, step))
      forget()
      const second = restoreFiles(first.snapshot(), { quota: first.quota, now: ticking() })
      first.onChange((change) => second.apply(decodeChange(encodeChange(change))))
      second.onChange(() => expect.unreachable('a replayed change is not told again'))
      for (const step of steps.slice(joinAt)) outcome(() => take(first, step))
      expect(second.snapshot()).toEqual(first.snapshot())
      expect(second.usage()).toEqual(first.usage())
    }),
    { numRuns: 300 },
  )
})

test('open files without a name tell nothing to the other copy', () => {
  const first = fresh()
  const second = restoreFiles(first.snapshot(), { quota: roomy })
  first.onChange((change) => second.apply(decodeChange(encodeChange(change))))
  first.writeFile('/tmp/a', new Uint8Array(3))
  const { ino } = first.stat('/tmp/a')
  first.hold(ino)
  first.remove('/tmp/a')
  first.writeInode(ino, 0, new Uint8Array(30))
  first.resizeInode(ino, 2)
  first.touchInode(ino, 1, 1)
  expect(second.snapshot()).toEqual(first.snapshot())
})

const anInode = fc.oneof(fc.nat(12), fc.maxSafeNat())
const aName = fc.oneof(
  fc.constantFrom(...names, 'tmp', 'workspace', '', '.', '..', 'x/y', '\0', 'n'.repeat(300)),
  fc.string({ unit: 'binary' }),
)
const aTime = fc.oneof(fc.nat(), fc.double({ noNaN: true, noDefaultInfinity: true }))
const hostileChange: fc.Arbitrary<FileChange> = fc.oneof(
  fc.record({
    type: fc.constant('made' as const),
    ino: anInode,
    kind: fc.constantFrom('file' as const, 'directory' as const),
    parent: anInode,
    name: aName,
    atMs: aTime,
  }),
  fc.record({
    type: fc.constant('made' as const),
    ino: anInode,
    kind: fc.constant('symlink' as const),
    parent: anInode,
    name: aName,
    target: aName,
    atMs: aTime,
  }),
  fc.record({
    type: fc.constant('written' as const),
    ino: anInode,
    offset: anInode,
    bytes: someBytes,
    atMs: aTime,
  }),
  fc.record({
    type: fc.constant('resized' as const),
    ino: anInode,
    sizeBytes: anInode,
    atMs: aTime,
  }),
  fc.record({
    type: fc.constant('linked' as const),
    ino: anInode,
    parent: anInode,
    name: aName,
    atMs: aTime,
  }),
  fc.record({ type: fc.constant('unlinked' as const), parent: anInode, name: aName, atMs: aTime }),
  fc.record({
    type: fc.constant('renamed' as const),
    parent: anInode,
    name: aName,
    newParent: anInode,
    newName: aName,
    atMs: aTime,
  }),
  fc.record({
    type: fc.constant('touched' as const),
    ino: anInode,
    accessedAtMs: aTime,
    modifiedAtMs: aTime,
  }),
)

test('hostile changes are applied whole or refused whole', () => {
  fc.assert(
    fc.property(fc.array(hostileChange, { maxLength: 60 }), (changes) => {
      const files = fresh({ bytes: 300, inodes: 10 }, new Map([['/usr/lib/x', new Uint8Array(3)]]))
      for (const change of changes) {
        const before = files.snapshot()
        if (outcome(() => files.apply(change)) !== 'ok') expect(files.snapshot()).toEqual(before)
        expect(files.usage().bytes).toBeLessThanOrEqual(300)
      }
      expect(countedBySnapshot(files)).toEqual(files.usage())
      expect(files.readFile('/usr/lib/x')).toHaveLength(3)
    }),
    { numRuns: 500 },
  )
})

test('a change survives its encoding, and nothing else decodes', () => {
  fc.assert(
    fc.property(hostileChange, (change) => {
      const hasLoneSurrogate = Object.values(change).some(
        (value) => typeof value === 'string' && !value.isWellFormed(),
      )
      if (!hasLoneSurrogate) expect(decodeChange(encodeChange(change))).toEqual(change)
      const encoded = encodeChange(change)
      expect(outcome(() => decodeChange(encoded.subarray(0, -1)))).toBe('EINVAL')
      expect(outcome(() => decodeChange(Uint8Array.from([...encoded, 0])))).toBe('EINVAL')
    }),
  )
})

test('random bytes decode to a change or are refused', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      const files = fresh()
      expect([
        'ok',
        'EINVAL',
        'ENOENT',
        'ENOTDIR',
        'EISDIR',
        'EFBIG',
        'EDQUOT',
        'ENOSPC',
        'EPERM',
        'EEXIST',
        'ENOTEMPTY',
        'ENAMETOOLONG',
      ]).toContain(outcome(() => files.apply(decodeChange(bytes))))
    }),
    { numRuns: 2000 },
  )
})

test('a damaged snapshot is restored to a whole tree or refused', () => {
  const files = fresh()
  files.makeDirectory('/tmp/a/b', { recursive: true })
  files.writeFile('/tmp/a/f', new Uint8Array(9).fill(7))
  files.link('/tmp/a/f', '/tmp/g')
  files.symlink('../g', '/tmp/a/l')
  const good = files.snapshot()
  expect(restoreFiles(good, { quota: roomy }).snapshot()).toEqual(good)
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
      fc.nat(good.length),
      (edits, cut) => {
        const bad = good.slice(0, edits.length > 3 ? cut : good.length)
        for (const [at, value] of edits) if (at < bad.length) bad[at] = value
        try {
          const back = restoreFiles(bad, { quota: roomy })
          expect(countedBySnapshot(back)).toEqual(back.usage())
          contents(back, '/tmp')
        } catch (error) {
          expect(error).toBeInstanceOf(FilesError)
        }
      },
    ),
    { numRuns: 2000 },
  )
})
