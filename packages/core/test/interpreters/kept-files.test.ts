import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type {
  InterpreterError,
  Interpreters,
  InterpreterSession,
  InterpretersOptions,
} from '../../src/interpreters/index.ts'
import { exists, mebibyte, run, start } from './engine.ts'

let directory: string
let engines: Interpreters[] = []
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gaesup-kept-'))
})
afterEach(async () => {
  await Promise.allSettled(engines.splice(0).map((engine) => engine.close()))
  await rm(directory, { recursive: true, force: true })
})

const begin = (options: InterpretersOptions = {}): Interpreters => {
  const engine = start({ warm: { python: 0 }, ...options })
  engines.push(engine)
  return engine
}
const limitsOf = (sessionId: string) => ({
  sessionId,
  language: 'python',
  memoryLimitBytes: 128 * mebibyte,
  diskLimitBytes: 64 * mebibyte,
  inodeLimit: 1000,
})
const put = (session: InterpreterSession, size: number, name = 'f'): Promise<unknown> =>
  session.files.writeFile(`/workspace/${name}`, Buffer.alloc(size, 1), 'Create')
const sizeOf = async (session: InterpreterSession, name = 'f'): Promise<number> =>
  (await session.files.readFile(`/workspace/${name}`, 64 * mebibyte)).length

describe('files of sessions', () => {
  it('are read when they are needed after a restart, and leave memory when they rest', async () => {
    const first = begin({ directory })
    const ids = ['a', 'b', 'c', 'd']
    for (const id of ids) await put(await first.create(limitsOf(id)), mebibyte)
    await first.close()

    const second = begin({ directory, idleMs: 300 })
    const sessions = await Promise.all(ids.map((id) => second.attach(limitsOf(id))))
    expect(second.storage()).toEqual({ failing: 0, memoryBytes: 0 })
    const [session] = sessions
    if (session === undefined) throw new Error('the session is lost')
    expect(await sizeOf(session)).toBe(mebibyte)
    expect(second.storage().memoryBytes).toBeGreaterThan(mebibyte)
    expect(second.storage().memoryBytes).toBeLessThan(2 * mebibyte)
    await expect.poll(() => second.storage().memoryBytes).toBe(0)

    const made = await run(session, ['python3', '-c', "open('made', 'w').write('by a program')"])
    expect(made.exitCode).toBe(0)
    const pids = second.processIds()
    expect(pids.length).toBe(1)
    await expect.poll(() => second.storage().memoryBytes).toBe(0)
    await expect.poll(() => pids.filter(exists)).toEqual([])
    expect(await session.stats()).toMatchObject({ diskBytes: mebibyte + 12 })
    expect(second.storage().memoryBytes).toBe(0)
    const shown = await run(session, ['sh', '-c', 'cat made; wc -c < f'])
    expect(shown.stdout.split(/\s+/)).toEqual(['by', 'a', `program${mebibyte}`, ''])
  })

  it('many at once stay below the limit of memory: the ones that rest make room', async () => {
    const engine = begin({ directory, maxFileBytes: 4 * mebibyte })
    const sessions = []
    for (let n = 0; n < 10; n += 1) {
      const session = await engine.create(limitsOf(`s${n}`))
      sessions.push(session)
      await session.files.writeFile('/workspace/f', Buffer.alloc(mebibyte, n), 'Create')
      expect(engine.storage().memoryBytes).toBeLessThanOrEqual(4 * mebibyte)
    }
    for (const [n, session] of sessions.entries()) {
      const bytes = await session.files.readFile('/workspace/f', mebibyte)
      expect(bytes.length).toBe(mebibyte)
      expect(bytes[7]).toBe(n)
      expect(engine.storage().memoryBytes).toBeLessThanOrEqual(4 * mebibyte)
    }
  })

  it('that are nowhere else are refused above the limit, with the setting to raise, and the rest goes on', async () => {
    const engine = begin({ maxFileBytes: 3 * mebibyte, maxFileBytesSetting: '--session-memory' })
    const [one, two] = [await engine.create(limitsOf('one')), await engine.create(limitsOf('two'))]
    await put(one, 2 * mebibyte)
    const refused = await put(two, 2 * mebibyte).catch((error: unknown) => error)
    expect(refused).toMatchObject({
      code: 'CAPACITY',
      message: expect.stringContaining('raise --session-memory'),
    })
    const copied = one.files.copy('/workspace/f', '/workspace/g', { overwrite: true })
    await expect(copied).rejects.toMatchObject({ code: 'CAPACITY' })
    expect(await one.files.list('/workspace')).toHaveLength(1)
    await one.files.remove('/workspace/f', { recursive: false })
    await put(two, 2 * mebibyte)
    expect(engine.storage().memoryBytes).toBeLessThanOrEqual(3 * mebibyte)
  })

  it('of a burst of writes never take more than the limit', async () => {
    const engine = begin({ maxFileBytes: 4 * mebibyte })
    const sessions = await Promise.all(
      Array.from({ length: 8 }, (_, n) => engine.create(limitsOf(`b${n}`))),
    )
    const written = await Promise.allSettled(sessions.map((session) => put(session, mebibyte)))
    expect(engine.storage().memoryBytes).toBeLessThanOrEqual(4 * mebibyte)
    const kept = written.filter(({ status }) => status === 'fulfilled')
    expect(kept).toHaveLength(3)
    for (const [n, { status }] of written.entries()) {
      const names = await sessions[n]?.files.list('/workspace')
      expect(names).toHaveLength(status === 'fulfilled' ? 1 : 0)
    }
  })

  it('that a program writes end it at the limit, and the next command works', async () => {
    const engine = begin({ maxFileBytes: 4 * mebibyte })
    const session = await engine.create(limitsOf('eager'))
    const code = "f = open('big', 'wb')\nwhile True: f.write(bytes(2 ** 18)); f.flush()"
    const refused = await run(session, ['python3', '-c', code]).catch((error: unknown) => error)
    expect(refused).toMatchObject({ code: 'CAPACITY' })
    expect(engine.storage().memoryBytes).toBeLessThan(8 * mebibyte)
    await session.files.remove('/workspace/big', { recursive: false })
    expect((await run(session, ['python3', '-c', 'print(1)'])).stdout).toBe('1\n')
  })
})

describe('the workspace', () => {
  it('cannot be removed through a link either, and comes back when a program removes it', async () => {
    const session = await begin().create(limitsOf('ground'))
    await run(session, ['python3', '-c', "import os; os.symlink('/', '/tmp/root')"])
    for (const path of ['/workspace', '/', '/tmp/root/workspace']) {
      await expect(session.files.remove(path, { recursive: true })).rejects.toMatchObject({
        code: 'EPERM',
      })
    }
    await run(session, ['python3', '-c', "import shutil; shutil.rmtree('/workspace')"])
    expect(await run(session, ['python3', '-c', 'print(2)'])).toMatchObject({ stdout: '2\n' })
  })
})

describe('a journal that cannot be written', () => {
  it('is told, tried again, and begun anew where its folder was taken away', async () => {
    const problems: InterpreterError[] = []
    const place = join(directory, 'files')
    const engine = begin({ directory: place, onProblem: (error) => problems.push(error) })
    const session = await engine.create(limitsOf('left'))
    await put(session, 10, 'before')
    await rm(join(place, 'left'), { recursive: true })
    await put(session, 20, 'after')
    expect(await readdir(join(place, 'left'))).toEqual(['files.log'])

    await rm(place, { recursive: true })
    const refused = await put(session, 30, 'lost').catch((error: unknown) => error)
    expect(refused).toMatchObject({ code: 'STORAGE_FAILED' })
    expect(String(refused)).toContain('ENOENT')
    expect(String(refused)).not.toContain(directory)
    expect(problems).toMatchObject([{ code: 'STORAGE_FAILED' }])
    expect(engine.storage()).toMatchObject({
      failing: 1,
      reason: expect.stringContaining('ENOENT'),
    })
    await expect(run(session, ['python3', '-c', 'print(1)'])).rejects.toMatchObject({
      code: 'STORAGE_FAILED',
    })

    await mkdir(place)
    await put(session, 40, 'again')
    expect(engine.storage().failing).toBe(0)
    await engine.close()
    const back = await begin({ directory: place }).attach(limitsOf('left'))
    const names = (await back?.files.list('/workspace'))?.map(({ name, sizeBytes }) => [
      name,
      sizeBytes,
    ])
    expect(names).toEqual(
      expect.arrayContaining([
        ['before', 10],
        ['after', 20],
        ['again', 40],
      ]),
    )
  })

  it('refuses a damaged one instead of taking it for empty', async () => {
    const engine = begin({ directory })
    await put(await engine.create(limitsOf('left')), 10)
    await engine.close()
    const log = join(directory, 'left', 'files.log')
    await writeFile(log, 'not what it was')
    const session = await begin({ directory }).attach(limitsOf('left'))
    await expect(session?.files.list('/workspace')).rejects.toMatchObject({
      code: 'STORAGE_FAILED',
    })
    expect(await readdir(join(directory, 'left'))).toEqual(['files.log'])
  })

  it('on a full disk keeps what it had, and all of it once there is room', async ({ skip }) => {
    const place = join(directory, 'small')
    await mkdir(place)
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', place], { stdio: 'pipe' })
    } catch {
      skip('a small disk cannot be mounted here; root on Linux can')
    }
    try {
      const ballast = join(place, 'ballast')
      await writeFile(ballast, Buffer.alloc(mebibyte))
      const engine = begin({ directory: join(place, 'files') })
      const session = await engine.create(limitsOf('full'))
      await put(session, mebibyte, 'kept')
      const refused = await put(session, 3 * mebibyte, 'more').catch((error: unknown) => error)
      expect(refused).toMatchObject({ code: 'STORAGE_FAILED' })
      expect(String(refused)).toContain('ENOSPC')
      const code = "open('even-more', 'w').write('x')"
      await expect(run(session, ['python3', '-c', code])).rejects.toMatchObject({
        code: 'STORAGE_FAILED',
      })
      expect(engine.storage().failing).toBe(1)
      await session.files.remove('/workspace/more', { recursive: false }).catch(() => undefined)
      await rm(ballast)
      await expect.poll(() => put(session, 1, 'small').then(() => 'kept', String)).toBe('kept')
      expect(engine.storage().failing).toBe(0)
      await engine.close()
      const back = await begin({ directory: join(place, 'files') }).attach(limitsOf('full'))
      if (back === undefined) throw new Error('the session is lost')
      expect(await sizeOf(back, 'kept')).toBe(mebibyte)
      expect(await sizeOf(back, 'small')).toBe(1)
      await expect(sizeOf(back, 'more')).rejects.toMatchObject({ code: 'ENOENT' })
    } finally {
      await Promise.allSettled(engines.splice(0).map((engine) => engine.close()))
      execFileSync('umount', [place])
    }
  })
})
