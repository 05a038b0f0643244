import { expect, test } from '@playwright/test'
import { connect, execute, type BareClient } from '../support/bare-client.ts'
import { newDataDir, removeDataDir, startDaemon } from '../support/daemon.ts'
import { again, killInTheMiddle, type Target } from '../support/killing.ts'

const rounds = 3
test.describe.configure({ timeout: 240_000 })

let dataDir: string
test.beforeEach(async () => {
  dataDir = await newDataDir()
})
test.afterEach(() => removeDataDir(dataDir))

interface Kept {
  readonly sessionId: string
  /** Files by name, as they were acknowledged. */
  readonly files: Map<string, string>
  commands: number
  /** The number of the last acknowledged write of the file that is written again and again. */
  last: number
}

const openSessions = async (count: number): Promise<Kept[]> => {
  const daemon = await startDaemon({ dataDir })
  const client = await connect(daemon.sandboxUrl)
  const made = await Promise.all(
    Array.from({ length: count }, () => client.call('session.create', { language: 'python' })),
  )
  client.close()
  await daemon.stop()
  return made.map(({ result }) => ({
    sessionId: String(result?.['sessionId']),
    files: new Map(),
    commands: 0,
    last: 0,
  }))
}

/** Empty when there is no such file. */
const readText = async (client: BareClient, sessionId: string, path: string): Promise<string> => {
  const { result } = await execute(client, sessionId, { type: 'read_file', path })
  const content = result?.['content']
  return typeof content === 'string' ? content : ''
}

const listSessions = async (client: BareClient) => {
  const { result } = await client.call('session.list', {})
  return (result?.['sessions'] ?? []) as { sessionId: string; executionCount: number }[]
}

test('KEEP-2 every acknowledged write and command of many sessions is there after kill -9', async () => {
  const sessions = await openSessions(10)
  for (let round = 0; round < rounds; round += 1) {
    await killInTheMiddle(dataDir, async (target) => {
      const client = await connect(target.daemon.sandboxUrl)
      const write = async (kept: Kept, path: string, content: string): Promise<boolean> => {
        const done = await target.alive(
          execute(client, kept.sessionId, { type: 'write_file', path, content }),
        )
        if (done?.success === true) kept.commands += 1
        return done?.success === true
      }
      await Promise.all(
        sessions.map((kept) =>
          again(target, async (count) => {
            const name = `r${round}-${count}`
            const content = `${kept.sessionId} ${name} ${'x'.repeat(count)}`
            if (await write(kept, name, content)) kept.files.set(name, content)
            if (await write(kept, 'same', String(kept.last + 1))) kept.last += 1
          }),
        ),
      )
    })
    const daemon = await startDaemon({ dataDir })
    const client = await connect(daemon.sandboxUrl)
    const listed = await listSessions(client)
    for (const kept of sessions) {
      const counted = listed.find(({ sessionId }) => sessionId === kept.sessionId)?.executionCount
      expect(counted).toBeGreaterThanOrEqual(kept.commands)
      const same = Number(await readText(client, kept.sessionId, 'same'))
      expect([kept.last, kept.last + 1]).toContain(same)
      kept.last = same
      const found = await Promise.all(
        [...kept.files]
          .slice(-60)
          .map(async ([name]) => [name, await readText(client, kept.sessionId, name)]),
      )
      expect(found).toEqual([...kept.files].slice(-60))
      kept.commands = counted ?? 0
    }
    client.close()
    await daemon.stop()
  }
  expect(sessions.reduce((sum, { files }) => sum + files.size, 0)).toBeGreaterThan(20)
})

test('KEEP-2 what a program wrote is there after kill -9, once its command was answered', async () => {
  const [kept] = await openSessions(1)
  if (kept === undefined) throw new Error('no session')
  const append = (number: number) => ({
    type: 'execute_shell',
    commandName: 'python3',
    args: ['-c', `open('log', 'a').write('${number}\\n')`],
  })
  const work = async (target: Target): Promise<void> => {
    const client = await connect(target.daemon.sandboxUrl)
    await again(target, async () => {
      const done = await target.alive(execute(client, kept.sessionId, append(kept.last + 1)))
      if (done?.success === true) kept.last += 1
    })
  }
  for (let round = 0; round < rounds; round += 1) {
    await killInTheMiddle(dataDir, work, async (daemon) => {
      // The first program takes longest; those after it are the ones to be cut off.
      const client = await connect(daemon.sandboxUrl)
      await execute(client, kept.sessionId, append(kept.last + 1))
      kept.last += 1
      client.close()
    })
    const daemon = await startDaemon({ dataDir })
    const client = await connect(daemon.sandboxUrl)
    const lines = (await readText(client, kept.sessionId, 'log')).split('\n')
    const numbers = lines.filter((line) => line !== '').map(Number)
    expect([kept.last, kept.last + 1]).toContain(numbers.length)
    expect(numbers).toEqual(numbers.map((_, at) => at + 1))
    kept.last = numbers.length
    client.close()
    await daemon.stop()
  }
  expect(kept.last).toBeGreaterThan(rounds)
})

test('KEEP-2 every acknowledged session.create and session.close is so after kill -9', async () => {
  const open = new Set<string>()
  const closed = new Set<string>()
  for (let round = 0; round < rounds; round += 1) {
    const unsure = new Set<string>()
    await killInTheMiddle(dataDir, async (target) => {
      const client = await connect(target.daemon.sandboxUrl)
      const worker = (): Promise<void> =>
        again(target, async (count) => {
          const made = await target.alive(client.call('session.create', { language: 'javascript' }))
          const sessionId = made?.result?.['sessionId']
          if (typeof sessionId !== 'string') return
          open.add(sessionId)
          if (count % 4 === 0) return
          unsure.add(sessionId)
          const ended = await target.alive(client.call('session.close', { sessionId }))
          if (ended?.result?.['closed'] !== true) return
          unsure.delete(sessionId)
          open.delete(sessionId)
          closed.add(sessionId)
        })
      await Promise.all([worker(), worker(), worker()])
    })
    const daemon = await startDaemon({ dataDir })
    const client = await connect(daemon.sandboxUrl)
    const listed = new Set((await listSessions(client)).map(({ sessionId }) => sessionId))
    expect([...open].filter((id) => !listed.has(id) && !unsure.has(id))).toEqual([])
    expect([...closed].filter((id) => listed.has(id))).toEqual([])
    for (const sessionId of listed) {
      const usable = await execute(client, sessionId, { type: 'list_directory' })
      expect(usable.success).toBe(true)
      await client.call('session.close', { sessionId })
    }
    open.clear()
    client.close()
    await daemon.stop()
  }
  expect(closed.size).toBeGreaterThan(3)
})

const api = async (url: string, init?: RequestInit) => {
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(url, { headers, ...init })
  return { response, body: (await response.json().catch(() => null)) as Record<string, unknown> }
}
const toCode = (source: string) => Buffer.from(source).toString('base64')
const send = (method: string, body: unknown) => ({ method, body: JSON.stringify(body) })

test('KEEP-2 every acknowledged function, edit and execution is there after kill -9', async () => {
  const names = new Map<string, number>()
  const functions = new Map<string, { name: string; code: string }>()
  const executions = new Set<string>()
  const first = await startDaemon({ dataDir })
  const made = await api(`${first.consoleUrl}/api/workspaces`, send('POST', { name: '0' }))
  const workspaceId = String(made.body['id'])
  const source = 'export default { handler: (event) => ({ n: event.n }) }'
  const echo = await api(
    `${first.consoleUrl}/api/workspaces/${workspaceId}/functions`,
    send('POST', { name: 'echo', runtime: 'JavaScript (QuickJS-NG 0.17)', code: toCode(source) }),
  )
  const echoId = String(echo.body['id'])
  await first.stop()
  let edits = 0
  for (let round = 0; round < rounds; round += 1) {
    await killInTheMiddle(
      dataDir,
      async (target) => {
        const base = `${target.daemon.consoleUrl}/api/workspaces`
        const one = `${base}/${workspaceId}`
        await Promise.all([
          again(target, async () => {
            const done = await target.alive(api(one, send('PATCH', { name: String(edits + 1) })))
            if (done?.response.ok === true) edits += 1
          }),
          again(target, async (count) => {
            const name = `w${round}-${count}`
            const done = await target.alive(api(base, send('POST', { name })))
            if (done?.response.ok === true) names.set(String(done.body['id']), count)
          }),
          again(target, async (count) => {
            const name = `f${round}-${count}`
            const code = toCode(`def handler(event): return '${name}'\n`)
            const done = await target.alive(api(`${one}/functions`, send('POST', { name, code })))
            if (done?.response.ok === true) functions.set(String(done.body['id']), { name, code })
          }),
          again(target, async (count) => {
            const url = `${one}/functions/${echoId}/invoke`
            const done = await target.alive(api(url, send('POST', { n: count })))
            const id = done?.response.headers.get('x-execution-id')
            if (id) executions.add(id)
          }),
        ])
      },
      async (daemon) => {
        // An instance that must be started first may take as long as the daemon lives.
        const url = `${daemon.consoleUrl}/api/workspaces/${workspaceId}/functions/${echoId}/invoke`
        expect((await api(url, send('POST', {}))).response.status).toBe(200)
      },
    )
    const daemon = await startDaemon({ dataDir })
    const base = `${daemon.consoleUrl}/api/workspaces`
    const workspace = await api(`${base}/${workspaceId}`)
    expect([edits, edits + 1]).toContain(Number(workspace.body['name']))
    edits = Number(workspace.body['name'])
    const all = (await api(base)).body as unknown as { id: string }[]
    const ids = new Set(all.map(({ id }) => id))
    expect([...names.keys()].filter((id) => !ids.has(id))).toEqual([])
    const listed = (await api(`${base}/${workspaceId}/functions`)).body as unknown as {
      id: string
      name: string
      code: string
    }[]
    for (const [id, kept] of functions)
      expect(listed.find((row) => row.id === id)).toMatchObject(kept)
    const { logs } = (await api(`${base}/${workspaceId}/functions/${echoId}/logs?limit=1000`))
      .body as unknown as { logs: { id: string }[] }
    const logged = new Set(logs.map(({ id }) => id))
    expect([...executions].slice(-900).filter((id) => !logged.has(id))).toEqual([])
    expect(
      (await api(`${base}/${workspaceId}/functions/${echoId}`)).body['invocations24h'],
    ).toBeGreaterThanOrEqual(executions.size)
    await daemon.stop()
  }
  expect(functions.size).toBeGreaterThan(3)
  expect(executions.size).toBeGreaterThan(3)
  expect(edits).toBeGreaterThan(3)
})
