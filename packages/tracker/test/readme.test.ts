import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { connect, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import { docker, engineAbsent, image, socketPath, uniqueName } from './docker/engine.ts'
import { listen } from './docker/proxies.ts'
import { eventually } from './stats.ts'

const root = new URL('../', import.meta.url)
const run = promisify(execFile)
const execute = (file: string, env: Readonly<Record<string, string>> = {}) =>
  run(process.execPath, [fileURLToPath(new URL(file, root))], {
    cwd: fileURLToPath(root),
    env: { ...process.env, ...env },
  })

describe('the README', () => {
  it('shows the example file as it is, in 80 lines at most', async () => {
    const readme = await readFile(new URL('README.md', root), 'utf8')
    const example = await readFile(new URL('examples/track-docker.ts', root), 'utf8')
    expect(readme).toContain(example.trim())
    expect(readme.trimEnd().split('\n').length).toBeLessThanOrEqual(80)
    expect(example.trim().split('\n').length).toBeLessThanOrEqual(32)
  })

  it('has a custom source of 20 lines that runs, tracker and all', async () => {
    const example = await readFile(new URL('examples/custom-source.ts', root), 'utf8')
    expect(example.trim().split('\n').length).toBeLessThanOrEqual(20)
    const { stdout } = await execute('examples/custom-source.ts')
    expect(stdout).toContain("status: 'active'")
    expect(stdout).toMatch(/memoryUsage: \d{6,}/)
  })

  it.skipIf(engineAbsent !== '')('has an example that tracks a real Docker engine', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tracker-readme-'))
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    const answered = new Set<string>()
    const path = join(folder, 'engine.sock')
    const server = await watchEngine(path, answered)
    onTestFinished(() => void server.close())
    const name = uniqueName('readme')
    onTestFinished(async () => void (await docker('rm', '-f', name)))
    const example = execute('examples/track-docker.ts', {
      DOCKER_HOST: `unix://${path}`,
      SECONDS: '12',
    })
    await eventually('it has listed, and follows events', () => answered.size === 2)
    await docker('run', '-d', '--init', '--name', name, image, 'sleep', '60')
    const { stdout } = await example
    expect(stdout).toContain(`${name}: inactive -> active (running)`)
    expect(stdout).toMatch(new RegExp(`${name} active \\d+\\.\\d % CPU`))
  })
})

/** Hands connections on to the engine, and notes which of `/events` and `/containers/json` it answered. */
async function watchEngine(path: string, answered: Set<string>): Promise<Server> {
  const server = createServer((client) => {
    const engine = connect(socketPath)
    let asked = ''
    client.on('data', (chunk: Buffer) => {
      asked = /\/events|\/containers\/json/.exec(chunk.toString('latin1'))?.[0] ?? asked
    })
    engine.on('data', () => asked !== '' && answered.add(asked))
    client.pipe(engine).pipe(client)
    client.on('error', () => engine.destroy())
    engine.on('error', () => client.destroy())
    client.on('close', () => engine.destroy())
  })
  await listen(server, path)
  return server
}
