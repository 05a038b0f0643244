import { spawn } from 'node:child_process'
import {
  appendFile,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  truncate,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import type { Interpreters } from '../../src/interpreters/index.ts'
import { exists, mebibyte, run, start } from './engine.ts'

let directory: string
let engines: Interpreters[] = []
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gaesup-keeping-'))
})
afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.close()))
  await rm(directory, { recursive: true })
})

const limits = {
  sessionId: 'left',
  language: 'python',
  memoryLimitBytes: 128 * mebibyte,
  diskLimitBytes: mebibyte,
  inodeLimit: 100,
}
const log = (): string => join(directory, 'left', 'files.log')
function begin(): Interpreters {
  const engine = start({ directory, warm: { python: 0 } })
  engines.push(engine)
  return engine
}
const names = async (engine: Interpreters): Promise<string[]> =>
  ((await (await engine.attach(limits))?.files.list('/workspace')) ?? [])
    .map(({ name }) => name)
    .sort()

describe('kept files', () => {
  it('survive the sudden death of the process, which takes every program with it', async () => {
    const script = fileURLToPath(new URL('./fixtures/dies.ts', import.meta.url))
    const parent = spawn(process.execPath, ['--no-warnings', script, directory], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    onTestFinished(() => void parent.kill('SIGKILL'))
    const line = await new Promise<string>((resolve) =>
      parent.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString())),
    )
    const pids = line.trim().split(' ').map(Number)
    expect(pids.length).toBeGreaterThanOrEqual(1)
    expect(pids.every(exists)).toBe(true)
    parent.kill('SIGKILL')
    await expect.poll(() => pids.filter(exists)).toEqual([])
    expect(await names(begin())).toEqual(['by-host', 'by-program'])
  })

  it('come back whole without the torn end of the log', async () => {
    const first = begin()
    const session = await first.create(limits)
    for (const name of ['a', 'b', 'c'])
      await session.files.writeFile(`/workspace/${name}`, Buffer.from(name.repeat(50)), 'Create')
    await first.close()
    const whole = await readFile(log())
    for (let cut = whole.length - 1; cut > whole.length - 60; cut -= 13) {
      await writeFile(log(), whole)
      await truncate(log(), cut)
      expect(await names(begin())).toEqual(expect.arrayContaining(['a', 'b']))
    }
    await writeFile(log(), whole)
    await appendFile(log(), Buffer.from('garbage at the end of the file'))
    const second = begin()
    const again = await second.attach(limits)
    expect((await again?.files.list('/workspace'))?.length).toBe(3)
    await again?.files.writeFile('/workspace/d', Buffer.from('d'), 'Create')
    await second.close()
    expect(await names(begin())).toEqual(['a', 'b', 'c', 'd'])
  })

  it('do not let the log grow for ever', async () => {
    const session = await begin().create({ ...limits, diskLimitBytes: 2 * mebibyte })
    for (let n = 0; n < 30; n += 1)
      await session.files.writeFile('/workspace/x', Buffer.alloc(mebibyte, n), 'Create')
    expect((await stat(log())).size).toBeLessThan(14 * mebibyte)
    const rewrite =
      "for n in range(60): open('x', 'wb').write(bytes([n]) * 2 ** 20)\nopen('x', 'wb').write(bytes([29]) * 2 ** 20)"
    expect(await run(session, ['python3', '-c', rewrite])).toMatchObject({ exitCode: 0 })
    expect((await stat(log())).size).toBeLessThan(24 * mebibyte)
    expect(
      (await run(session, ['python3', '-c', "print(set(open('x', 'rb').read()))"])).stdout,
    ).toBe('{29}\n')
    await engines[0]?.close()
    const again = await begin().attach({ ...limits, diskLimitBytes: 2 * mebibyte })
    expect((await again?.files.readFile('/workspace/x', 2 * mebibyte))?.[5]).toBe(29)
  })

  it('are deleted with their session, and absent ones are said to be absent', async () => {
    const engine = begin()
    const session = await engine.create(limits)
    expect(await readdir(directory)).toEqual(['left'])
    await session.destroy()
    expect(await readdir(directory)).toEqual([])
    expect(await engine.attach(limits)).toBeUndefined()
  })
})
