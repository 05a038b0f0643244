import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Alert } from '../src/index.ts'
import { docker, engineAbsent, image, socketPath, uniqueName } from './docker/engine.ts'
import { checkMetrics, promtoolAbsent } from './promtool.ts'
import { receive } from './receiver.ts'
import { eventually } from './stats.ts'

const root = new URL('../', import.meta.url)

interface Running {
  readonly child: ChildProcess
  readonly output: () => string
  readonly end: (signal: 'SIGTERM' | 'SIGKILL') => Promise<number | null>
}

/** Starts an example, which is killed with the test at the latest. */
const start = async (
  file: string,
  ready: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Running> => {
  const child = spawn(process.execPath, [fileURLToPath(new URL(`examples/${file}`, root))], {
    env: { ...process.env, DOCKER_HOST: `unix://${socketPath}`, ...env },
  })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const gone = new Promise<number | null>((resolve) => void child.once('exit', resolve))
  onTestFinished(() => void child.kill('SIGKILL'))
  await eventually(`${file} says "${ready}"; it said ${output}`, () => output.includes(ready))
  const end = (signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null> => {
    child.kill(signal)
    return gone
  }
  return { child, output: () => output, end }
}

const runContainer = async (purpose: string, script: string): Promise<string> => {
  const name = uniqueName(purpose)
  onTestFinished(async () => void (await docker('rm', '-f', name)))
  // Above 90 % there is room for what `docker exec` needs.
  const limits = ['-m', '256m', '--memory-swap', '256m', '--tmpfs', '/t:rw,size=256m']
  await docker('run', '-d', '--init', ...limits, '--name', name, image, 'sh', '-c', script)
  return name
}

const untilStopped = 'while [ ! -e /t/stop ]; do sleep 0.1; done; exit 3'

it('shows each example in docs/tracker.md as it is', async () => {
  const page = await readFile(new URL('../../docs/tracker.md', root), 'utf8')
  const readme = await readFile(new URL('README.md', root), 'utf8')
  for (const file of await readdir(new URL('examples/', root))) {
    const text = (await readFile(new URL(`examples/${file}`, root), 'utf8')).trim()
    if (file === 'track-docker.ts') expect(readme).toContain(text)
    else expect(page).toContain(text)
  }
})

describe.skipIf(engineAbsent !== '')('an example, on a real Docker engine', () => {
  it('tells of an alert once although it is killed, and why containers died meanwhile', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tracker-example-'))
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    const webhook = await receive(() => ({ status: 204 }))
    const env = { STATE: join(folder, 'state.log'), WEBHOOK: webhook.url }
    const name = await runContainer('full', `head -c 240m /dev/zero > /t/x; ${untilStopped}`)
    const other = await runContainer('other', untilStopped)
    const told = () =>
      webhook.all
        .map(({ body }) => JSON.parse(body.toString()) as Alert)
        .filter(({ workspaceId }) => workspaceId === name)
        .map(({ status, end }) => [status, end])
    const first = await start('watch-and-alert.ts', 'watching', env)
    await eventually('the alert is told', () => told().length === 1, 20_000)
    await eventually('it is stored that it was told, and that the other one ran', async () => {
      const stored = await readFile(env.STATE, 'utf8')
      const isTold = /\["alerts\/out\/[^"]*"\]/.test(stored)
      return isTold && stored.includes(String.raw`flights/tape/[\"${other}`)
    })
    await first.end('SIGKILL')
    await docker('exec', other, 'touch', '/t/stop')
    await docker('wait', other)
    const second = await start('watch-and-alert.ts', 'watching', env)
    await eventually('it says what it did not see', () =>
      second.output().includes(`${other}: unobserved`),
    )
    await docker('exec', name, 'rm', '/t/x')
    await eventually('the end is told', () => told().length === 2, 20_000)
    expect(told()).toEqual([
      ['firing', null],
      ['resolved', 'value'],
    ])
    await docker('exec', name, 'touch', '/t/stop')
    await eventually('it says why', () => second.output().includes(`${name}: crashed`))
    expect(second.output()).toMatch(
      /crashed, the program ended itself with code 3; memory at \d+ %/,
    )
    expect(await second.end('SIGTERM')).toBe(0)
  })

  it('mounts in a Hono server, behind its own check', async () => {
    const name = await runContainer('hono', untilStopped)
    const { output, end } = await start('mount-in-hono.ts', 'listening on', { TOKEN: 't' })
    const url = `http://127.0.0.1:${/listening on (\d+)/.exec(output())?.[1]}`
    expect(await (await fetch(url)).text()).toBe('my application')
    expect((await fetch(`${url}/admin/tracker/workspaces`)).status).toBe(401)
    const headers = { authorization: 'Bearer t' }
    const path = `/admin/tracker/workspaces/${name}`
    const body = (await (await fetch(url + path, { headers })).json()) as object
    expect(body).toMatchObject({ workspace_id: name, status: 'active' })
    expect(await end('SIGTERM')).toBe(0)
  })

  it('serves Prometheus alone', async () => {
    const name = await runContainer('prometheus', untilStopped)
    const { output, end } = await start('prometheus-only.ts', 'listening on')
    const url = `http://127.0.0.1:${/listening on (\d+)/.exec(output())?.[1]}`
    const line = `gaesup_workspace_memory_bytes{workspace="${name}"}`
    const scrape = async (): Promise<string> => (await fetch(url)).text()
    await eventually('it was measured', async () => (await scrape()).includes(line))
    if (promtoolAbsent === '') expect(checkMetrics(await scrape())).toEqual([0, ''])
    expect(await end('SIGTERM')).toBe(0)
  })
})
