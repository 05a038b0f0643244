import type { ChildProcess } from 'node:child_process'
import { spawn, spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { Alerts, alertmanagerNotifier } from '../../src/index.ts'
import { receive } from '../receiver.ts'
import { eventually, statsOf } from '../stats.ts'

const binary = ['prometheus-alertmanager', 'alertmanager'].find(
  (name) => spawnSync(name, ['--version']).error === undefined,
)
const absent = binary === undefined ? 'no prometheus-alertmanager on the path' : ''
if (absent !== '') console.warn(`skipped: ${absent}`)

const freePort = async (): Promise<number> => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise<void>((resolve) => void server.close(() => resolve()))
  return port
}

/** Starts an Alertmanager of its own that passes alerts on to a webhook. */
const start = async (webhook: string, resolveTimeout: string): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'tracker-am-'))
  const config = join(folder, 'config.yml')
  await writeFile(
    config,
    `global: { resolve_timeout: ${resolveTimeout} }
route: { receiver: test, group_by: ['...'], group_wait: 0s, group_interval: 1s, repeat_interval: 1h }
receivers: [{ name: test, webhook_configs: [{ url: '${webhook}', send_resolved: true }] }]
`,
  )
  const address = `127.0.0.1:${await freePort()}`
  const child: ChildProcess = spawn(
    binary ?? '',
    [
      `--config.file=${config}`,
      `--storage.path=${folder}`,
      `--web.listen-address=${address}`,
      '--cluster.listen-address=',
    ],
    { stdio: 'ignore' },
  )
  onTestFinished(async () => {
    const gone = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await gone
    await rm(folder, { recursive: true, force: true })
  })
  const url = `http://${address}`
  await eventually('Alertmanager is ready', () =>
    fetch(`${url}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    ),
  )
  return url
}

interface Listed {
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  readonly startsAt: string
  readonly endsAt: string
  readonly status: { readonly state: string }
}

describe.skipIf(absent !== '')('a real Alertmanager', () => {
  const setUp = async (resolveTimeout: string, repeatMs: number) => {
    const sink = await receive(() => ({ status: 200 }))
    const url = await start(sink.url, resolveTimeout)
    const alerts = new Alerts({
      rules: [{ id: 'high-cpu', metric: 'cpu_percent', above: 80, severity: 'critical' }],
      notifiers: [alertmanagerNotifier(`${url}/`, { repeatMs })],
    })
    onTestFinished(() => alerts.stop())
    const list = async (): Promise<readonly Listed[]> =>
      (await (await fetch(`${url}/api/v2/alerts`)).json()) as Listed[]
    const passedOn = () =>
      sink.all.flatMap(({ body }) => {
        const { alerts: told } = JSON.parse(body.toString()) as {
          alerts: { status: string; labels: Record<string, string> }[]
        }
        return told.map(({ status, labels }) => `${labels['workspace']} ${status}`)
      })
    return { alerts, list, passedOn }
  }

  it('lists an alert that fires, with its labels and its begin, and passes on that it ended', async () => {
    const { alerts, list, passedOn } = await setUp('5m', 60_000)
    const begin = Date.now() - 1000
    const odd = 'work"space\\ é\n'
    for (const workspaceId of ['w', odd])
      alerts.check(statsOf({ workspaceId, cpuPercent: 90, timestamp: begin }))
    await eventually('both are listed', async () => (await list()).length === 2)
    const listed = await list()
    expect(new Set(listed.map(({ labels }) => labels['workspace']))).toEqual(new Set(['w', odd]))
    expect(listed[0]).toMatchObject({
      labels: { alertname: 'high-cpu', severity: 'critical' },
      annotations: { container: 'c', summary: expect.stringContaining('cpu_percent') },
      startsAt: new Date(begin).toISOString(),
      status: { state: 'active' },
    })
    await eventually('both are passed on', () => passedOn().length === 2)
    alerts.check(statsOf({ cpuPercent: 1, timestamp: Date.now() }))
    await eventually('the end is passed on', () => passedOn().includes('w resolved'), 20_000)
    await eventually('only the other is listed', async () => (await list()).length === 1)
    expect(passedOn()).not.toContain(`${odd} resolved`)
  })

  it('does not forget an alert that fires for longer than its resolve_timeout', async () => {
    const { alerts, list, passedOn } = await setUp('4s', 500)
    alerts.check(statsOf({ cpuPercent: 90, timestamp: Date.now() }))
    await eventually('it is listed', async () => (await list()).length === 1)
    await new Promise((resolve) => setTimeout(resolve, 8000))
    expect(await list()).toHaveLength(1)
    expect(passedOn()).toEqual(['w firing'])
    // Proof that repeating is what keeps it: without us it ends by itself.
    await alerts.stop()
    await eventually('it is forgotten', async () => (await list()).length === 0)
  })
})
