import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import type { Server, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Docker from 'dockerode'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dockerSource } from '../../src/docker/index.ts'
import type { DockerSourceOptions } from '../../src/docker/index.ts'
import { Tracker, workspacesOf } from '../../src/index.ts'
import type { TrackerMessage } from '../../src/index.ts'
import { docker, engineAbsent, image, socketPath, uniqueName, until } from './engine.ts'
import { Proxy, listen, makeCertificate, pipeTo } from './proxies.ts'
import { SshServer, sshAbsent } from './ssh-server.ts'

const never = new AbortController().signal
const name = uniqueName('way')
const folder = mkdtempSync(join(tmpdir(), 'tracker-'))

const pipe = pipeTo(socketPath)

describe.skipIf(engineAbsent !== '')('ways to a real engine', () => {
  const servers: Server[] = []
  beforeAll(async () => {
    await docker('run', '-d', '--init', '--name', name, image, 'sleep', '600')
  })
  afterAll(async () => {
    for (const server of servers) server.close()
    await docker('rm', '-f', name)
    rmSync(folder, { recursive: true })
  })

  const check = async (options: DockerSourceOptions): Promise<void> => {
    const source = dockerSource(options)
    const tracker = new Tracker(workspacesOf(source), source)
    await tracker.start()
    expect(tracker.getWorkspaceState(name)?.status).toBe('active')
    await docker('pause', name)
    await until(
      'the pause arrives',
      () => tracker.getWorkspaceState(name)?.containerState === 'paused',
    )
    await docker('unpause', name)
    await until(
      'it runs again',
      () => tracker.getWorkspaceState(name)?.containerState === 'running',
    )
    const state = await tracker.forceSync(name)
    expect(state?.metrics?.memoryUsage).toBeGreaterThan(0)
    await tracker.stop()
    source.close?.()
  }

  it('goes over TCP', async () => {
    const server = createServer(pipe)
    servers.push(server)
    await check({ host: `tcp://127.0.0.1:${await listen(server)}` })
  })

  it('goes over TLS with a client certificate, and refuses an engine it cannot verify', async () => {
    const { key, cert } = makeCertificate()
    const { server } = new Proxy(socketPath, { key, cert })
    servers.push(server)
    const host = `https://127.0.0.1:${await listen(server)}`
    await check({ host, tls: { ca: cert, cert, key } })
    const stranger = dockerSource({
      host,
      tls: { ca: makeCertificate('other').cert, cert, key },
    })
    await expect(stranger.list(never)).rejects.toMatchObject({ name: 'TrackerError' })
    stranger.close?.()
  })

  it.skipIf(sshAbsent !== '')(
    'goes through a real ssh server with a key made on the spot, and refuses another key',
    { timeout: 60_000 },
    async () => {
      const server = new SshServer(`DOCKER_HOST=unix://${socketPath}`)
      try {
        await server.open()
        const { host } = server
        await check({ host, sshCommand: server.command('client') })
        const stranger = dockerSource({ host, sshCommand: server.command('stranger') })
        await expect(stranger.list(never)).rejects.toThrow(/Permission denied|ended with code 255/)
        stranger.close?.()
      } finally {
        await server.close()
      }
    },
  )

  it('runs any program in the place of ssh', async () => {
    // Stands for ssh: drops its options and the host, and runs the rest here, against the engine under test.
    const program = join(folder, 'ssh')
    writeFileSync(
      program,
      `#!/bin/sh\nwhile [ "$1" != "--" ]; do shift; done\nshift 2\nDOCKER_HOST=unix://${socketPath} exec "$@"\n`,
    )
    chmodSync(program, 0o755)
    await check({
      host: 'ssh://somebody@far.example:2222',
      sshCommand: [program, '-o', 'BatchMode=yes'],
    })
  })

  it('says what ssh complained about', async () => {
    const program = join(folder, 'bad-ssh')
    writeFileSync(program, '#!/bin/sh\necho "Permission denied (publickey)." >&2\nexit 255\n')
    chmodSync(program, 0o755)
    const source = dockerSource({ host: 'ssh://far.example', sshCommand: [program] })
    await expect(source.list(never)).rejects.toThrow(/Permission denied|ended with code 255/)
    source.close?.()
  })

  it('goes through a dockerode instance', async () => {
    await check({ docker: new Docker({ socketPath }), cgroups: false })
  })

  it('measures with primed statistics where the engine is too old for one-shot ones', async () => {
    // The engine is real; only the API version that it claims is lowered on the way.
    const asked: string[] = []
    const server = createServer((socket) => {
      const engine = connect(socketPath)
      socket.on('data', (data) => {
        asked.push(/^GET (\S+)/.exec(data.toString('latin1'))?.[1] ?? '')
        engine.write(data)
      })
      engine.on('data', (data) => {
        const text = data.toString('latin1').replaceAll('"ApiVersion":"1.4', '"ApiVersion":"1.3')
        socket.write(text, 'latin1')
      })
      engine.on('error', () => socket.destroy())
      socket.on('error', () => engine.destroy()).on('close', () => engine.destroy())
    })
    servers.push(server)
    const host = `tcp://127.0.0.1:${await listen(server)}`
    const source = dockerSource({ host, cgroups: false })
    const id = (await source.list(never)).find((info) => info.name === name)?.id ?? ''
    const counters = await source.sample(id, never)
    expect(source.statsPath?.(id)?.path).toBe('stats-primed')
    expect(asked.some((path) => path.endsWith('/stats?stream=false'))).toBe(true)
    // Primed statistics bring an earlier reading, a second or so before.
    expect(counters.readAtMs - (counters.previous?.readAtMs ?? 0)).toBeGreaterThan(500)
    expect(counters.memoryUsage).toBeGreaterThan(0)
    source.close?.()
  })

  it(
    'survives cut connections: reports the gap and has the right state within one listing',
    { timeout: 60_000 },
    async () => {
      const sockets = new Set<Socket>()
      let refuse = false
      const server = createServer((socket) => {
        if (refuse) return void socket.destroy()
        sockets.add(socket)
        socket.on('close', () => sockets.delete(socket))
        pipe(socket)
      })
      servers.push(server)
      const source = dockerSource({ host: `tcp://127.0.0.1:${await listen(server)}` })
      const tracker = new Tracker(workspacesOf(source), source, {
        syncIntervalMs: 5000,
        maxRetries: 0,
      })
      const seen: TrackerMessage[] = []
      tracker.on((message) => void seen.push(message))
      await tracker.start()
      refuse = true
      for (const socket of sockets) socket.destroy()
      await docker('pause', name)
      await until('the outage is reported', () =>
        seen.some((m) => m.type === 'error' && m.workspaceId === ''),
      )
      refuse = false
      await until(
        'the pause is known',
        () => tracker.getWorkspaceState(name)?.containerState === 'paused',
      )
      await until('the recovery is reported', () =>
        seen.some((m) => m.type === 'recovery' && m.workspaceId === ''),
      )
      await until('the gap is reported', () =>
        seen.some((m) => m.type === 'gap' && m.reason === 'reconnected'),
      )
      // One event fits into the engine's memory of 256, so nothing was lost.
      expect(seen.some((m) => m.type === 'gap' && m.reason === 'replay_exhausted')).toBe(false)
      await docker('unpause', name)
      await tracker.stop()
      source.close?.()
    },
  )

  it(
    'finds a connection that went deaf, by a change no event announced',
    { timeout: 60_000 },
    async () => {
      const deaf = new Set<Socket>()
      const server = createServer((socket) => {
        const engine = connect(socketPath)
        socket.pipe(engine)
        // The engine is always read, so this stalls our reader and never the engine.
        engine.on('data', (data) => void (deaf.has(socket) || socket.write(data)))
        engine.on('error', () => socket.destroy())
        socket.on('error', () => engine.destroy()).on('close', () => engine.destroy())
        socket.once(
          'data',
          (data) => data.toString('latin1').startsWith('GET /events') && events.push(socket),
        )
      })
      const events: Socket[] = []
      servers.push(server)
      const source = dockerSource({ host: `tcp://127.0.0.1:${await listen(server)}` })
      const tracker = new Tracker(workspacesOf(source), source, { syncIntervalMs: 1000 })
      const reasons: string[] = []
      tracker.on((m) => void (m.type === 'gap' && reasons.push(m.reason)))
      await tracker.start()
      for (const socket of events) deaf.add(socket)
      await docker('pause', name)
      await until(
        'a listing shows it',
        () => tracker.getWorkspaceState(name)?.containerState === 'paused',
      )
      await until('the gap is reported', () => reasons.includes('missed'))
      await until('a new connection is made', () => events.length === 2)
      await docker('unpause', name)
      await until(
        'events flow again',
        () => tracker.getWorkspaceState(name)?.containerState === 'running',
        900,
      )
      await tracker.stop()
      source.close?.()
    },
  )
})
