import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from '@playwright/test'
import { connect, execute } from '../support/bare-client.ts'
import { newDataDir, removeDataDir, startDaemon, type RunningDaemon } from '../support/daemon.ts'
import { mountSmallDisk, smallDiskMissing } from '../support/small-disk.ts'

let dataDir: string
test.beforeEach(async () => {
  dataDir = await newDataDir()
})
test.afterEach(() => removeDataDir(dataDir))

const api = async (url: string, method = 'GET', body?: unknown) => {
  const headers = { 'content-type': 'application/json' }
  const init = body === undefined ? { method } : { method, headers, body: JSON.stringify(body) }
  const response = await fetch(url, init)
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}
const partOf = async (daemon: RunningDaemon, name: string) => {
  const { body } = await api(`${daemon.consoleUrl}/status`)
  return (body['parts'] as { name: string }[]).find((part) => part.name === name)
}
const code = (source: string) => Buffer.from(source).toString('base64')
const count = (text: string, part: string): number => text.split(part).length - 1

test('KEEP-3 records that cannot be stored are told in every answer, at /status, and once in the terminal', async () => {
  const daemon = await startDaemon({ dataDir })
  const client = await connect(daemon.sandboxUrl)
  const { result } = await client.call('session.create', { language: 'javascript' })
  const sessionId = String(result?.['sessionId'])
  const command = { type: 'write_file', path: 'f', content: 'x' }
  expect(await partOf(daemon, 'sessions')).toMatchObject({ status: 'ok' })
  const registry = join(dataDir, 'sessions', 'registry')
  await rename(registry, `${registry}.away`)
  for (let n = 0; n < 5; n += 1) {
    const { error } = await client.call('session.execute', { sessionId, command })
    expect(error).toMatchObject({
      code: -32016,
      data: { code: 'STORAGE_FAILED', reason: 'ENOENT', outcome: { success: true } },
    })
    expect(JSON.stringify(error)).not.toContain(dataDir)
  }
  const refused = await client.call('session.create', { language: 'javascript' })
  expect(refused.error).toMatchObject({ code: -32016, data: { code: 'STORAGE_FAILED' } })
  expect(await partOf(daemon, 'sessions')).toMatchObject({
    status: 'degraded',
    reason: 'records are not stored (ENOENT)',
  })
  expect(count(daemon.output(), 'session records: not stored')).toBe(1)
  await rename(`${registry}.away`, registry)
  expect(await execute(client, sessionId, command)).toMatchObject({ success: true })
  await expect.poll(() => partOf(daemon, 'sessions')).toMatchObject({ status: 'ok' })
  expect(count(daemon.output(), 'session records: works again')).toBe(1)
  await daemon.kill()

  const second = await startDaemon({ dataDir })
  const other = await connect(second.sandboxUrl)
  const listed = (await other.call('session.list', {})).result?.['sessions']
  expect(listed).toMatchObject([{ sessionId, executionCount: 6 }])
  other.close()
  await second.stop()
})

test('KEEP-3 files of a session whose folder was deleted are written anew before the next answer', async () => {
  const daemon = await startDaemon({ dataDir })
  const client = await connect(daemon.sandboxUrl)
  const { result } = await client.call('session.create', { language: 'javascript' })
  const sessionId = String(result?.['sessionId'])
  await execute(client, sessionId, { type: 'write_file', path: 'before', content: '1' })
  await rm(join(dataDir, 'sessions', 'files', sessionId), { recursive: true })
  await execute(client, sessionId, { type: 'write_file', path: 'after', content: '2' })
  await daemon.kill()

  const second = await startDaemon({ dataDir })
  const other = await connect(second.sandboxUrl)
  for (const [path, content] of [
    ['before', '1'],
    ['after', '2'],
  ])
    expect(await execute(other, sessionId, { type: 'read_file', path })).toMatchObject({
      result: { content },
    })
  other.close()
  await second.stop()
})

test('KEEP-3 on a full disk nothing is acknowledged, everything is told, and all goes on when there is room', async () => {
  test.skip(smallDiskMissing !== '', smallDiskMissing)
  const disk = mountSmallDisk(dataDir)
  try {
    const daemon = await startDaemon({ dataDir })
    const client = await connect(daemon.sandboxUrl)
    const { result } = await client.call('session.create', { language: 'javascript' })
    const sessionId = String(result?.['sessionId'])
    const base = `${daemon.consoleUrl}/api/workspaces`
    const workspaceId = String((await api(base, 'POST', { name: 'Full' })).body['id'])
    const functions = `${base}/${workspaceId}/functions`
    const source = code('export default { handler: () => ({ ok: true }) }')
    const body = { runtime: 'JavaScript (QuickJS-NG 0.17)', code: source }
    const made = await api(functions, 'POST', { ...body, name: 'kept' })
    const invoke = `${functions}/${String(made.body['id'])}/invoke`
    expect((await api(invoke, 'POST', {})).status).toBe(200)
    const write = (path: string, size: number) =>
      client.call('session.execute', {
        sessionId,
        command: { type: 'write_file', path, content: 'y'.repeat(size) },
      })
    expect((await write('kept', 10)).result).toMatchObject({ success: true })

    disk.fill()
    expect((await write('late', 500_000)).error).toMatchObject({
      code: -32016,
      message: expect.stringContaining('ENOSPC'),
      data: { code: 'STORAGE_FAILED' },
    })
    expect(await partOf(daemon, 'sessions')).toMatchObject({ status: 'degraded' })
    const refused = await api(functions, 'POST', { ...body, name: 'late' })
    expect(refused).toMatchObject({ status: 500, body: { error: { code: 'CREATE_ERROR' } } })
    expect(await partOf(daemon, 'objects')).toMatchObject({ status: 'degraded', reason: 'ENOSPC' })
    const big = { text: 'z'.repeat(8000) }
    await expect
      .poll(async () => (await api(invoke, 'POST', big)).body)
      .toMatchObject({
        error: {
          code: 'INTERNAL_ERROR',
          details: { storage: 'tables', reason: 'database or disk is full' },
        },
      })
    expect(await partOf(daemon, 'tables')).toMatchObject({ status: 'degraded' })
    expect(daemon.output()).toContain('ENOSPC')

    disk.empty()
    expect((await write('again', 10)).result).toMatchObject({ success: true })
    expect((await api(invoke, 'POST', {})).status).toBe(200)
    expect((await api(functions, 'POST', { ...body, name: 'later' })).status).toBe(201)
    for (const name of ['sessions', 'tables', 'objects'])
      await expect.poll(() => partOf(daemon, name)).toMatchObject({ status: 'ok' })
    await daemon.kill()

    const second = await startDaemon({ dataDir })
    const other = await connect(second.sandboxUrl)
    for (const path of ['kept', 'again'])
      expect(await execute(other, sessionId, { type: 'read_file', path })).toMatchObject({
        result: { bytes: 10 },
      })
    const url = `${second.consoleUrl}/api/workspaces/${workspaceId}/functions`
    const names = ((await api(url)).body as unknown as { name: string }[]).map(({ name }) => name)
    expect(names).toEqual(['kept', 'later'])
    other.close()
    await second.stop()
  } finally {
    disk.remove()
  }
})

test('SBX-3 files in use beyond --session-memory are refused with the setting, and fit once others rest', async () => {
  const daemon = await startDaemon({ dataDir, args: ['--session-memory', '64'] })
  const client = await connect(daemon.sandboxUrl)
  const create = async () => {
    const { result } = await client.call('session.create', { language: 'python' })
    return String(result?.['sessionId'])
  }
  const [busy, other] = [await create(), await create()]
  const fill = (sessionId: string, then = '') => {
    const code = `open('big', 'wb').write(bytes(40 * 2 ** 20))\n${then}`
    const program = { type: 'execute_shell', commandName: 'python3', args: ['-c', code] }
    const command = { ...program, timeoutMs: 90_000, stream: true }
    return client.call('session.execute', { sessionId, command })
  }
  const wait = "print('written', flush=True)\nimport time\ntime.sleep(80)"
  const holding = fill(busy, wait)
  await expect
    .poll(() => client.notified.map(({ params }) => params['data']))
    .toEqual(['written\n'])
  expect((await fill(other)).error).toMatchObject({
    code: -32009,
    message: expect.stringContaining('raise --session-memory or GAESUP_SESSION_MEMORY'),
    data: { code: 'CAPACITY', sessionId: other },
  })
  await client.call('session.close', { sessionId: busy })
  expect((await holding).error).toMatchObject({ data: { code: 'SESSION_CLOSED' } })
  expect((await fill(other)).result).toMatchObject({ success: true })
  client.close()
  await daemon.stop()
})

test.describe('RUN-4 a data folder that cannot be used', () => {
  const refusal = async (folder: string): Promise<string> => {
    const failure = await startDaemon({ dataDir: folder }).then(
      () => 'it started',
      (error: unknown) => String(error),
    )
    expect(failure).toContain('ended with 1')
    return failure
  }

  test('because it is below a place that takes no folders', async () => {
    test.skip(process.platform !== 'linux', 'only Linux has /proc')
    for (const folder of ['/proc/x', '/proc', '/proc/self/x/y'])
      expect(await refusal(folder)).toMatch(
        /The data folder .* cannot be used: .* --data or GAESUP_DATA/,
      )
  })

  test('because it is a file, or below one', async () => {
    const file = join(dataDir, 'file')
    await writeFile(file, '')
    for (const folder of [file, join(file, 'below')])
      expect(await refusal(folder)).toContain(`${file} is a file`)
  })

  test('because it is read-only', async () => {
    test.skip(smallDiskMissing !== '', smallDiskMissing)
    const folder = join(dataDir, 'read-only')
    await mkdir(folder)
    const disk = mountSmallDisk(folder, 'size=1m,ro')
    try {
      expect(await refusal(folder)).toContain('EROFS: read-only file system')
    } finally {
      disk.remove()
    }
  })

  test('because another daemon uses it', async () => {
    const daemon = await startDaemon({ dataDir })
    expect(await refusal(dataDir)).toContain(`Another daemon uses ${dataDir}`)
    await daemon.stop()
  })
})
