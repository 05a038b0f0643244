import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const binary = '/usr/bin/docker-registry'

/** Why tests against a real registry cannot run here; empty when they can. */
export const missingRegistry: string = existsSync(binary)
  ? ''
  : 'docker-registry is not installed (Debian package docker-registry)'
if (missingRegistry !== '') console.warn(`Skipped: ${missingRegistry}`)

export interface DebianRegistry {
  /** `http://127.0.0.1:…` */
  readonly origin: string
  readonly host: string
  stop(): Promise<void>
}

/** Debian's registry on a free port with an empty folder of its own; browsers may use it too. */
export async function startDebianRegistry(): Promise<DebianRegistry> {
  const folder = await mkdtemp(join(tmpdir(), 'gaesup-registry-'))
  const port = await freePort()
  const config = join(folder, 'config.json')
  await writeFile(
    config,
    JSON.stringify({
      version: 0.1,
      log: { level: 'error', accesslog: { disabled: true } },
      storage: { filesystem: { rootdirectory: join(folder, 'data') }, delete: { enabled: true } },
      http: {
        addr: `127.0.0.1:${port}`,
        secret: 'for tests only',
        headers: {
          'Access-Control-Allow-Origin': ['*'],
          'Access-Control-Allow-Methods': [
            'HEAD',
            'GET',
            'OPTIONS',
            'POST',
            'PUT',
            'PATCH',
            'DELETE',
          ],
          'Access-Control-Allow-Headers': [
            'Authorization',
            'Accept',
            'Content-Type',
            'Content-Range',
            'Range',
          ],
          'Access-Control-Expose-Headers': [
            'Docker-Content-Digest',
            'Location',
            'Link',
            'Range',
            'WWW-Authenticate',
          ],
        },
      },
    }),
  )
  const child = spawn(binary, ['serve', config], { stdio: 'ignore' })
  const origin = `http://127.0.0.1:${port}`
  await untilHealthy(child, origin)
  return {
    origin,
    host: `127.0.0.1:${port}`,
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGTERM')
      await ended
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function untilHealthy(child: ChildProcess, origin: string): Promise<void> {
  for (let waits = 0; waits < 200; waits++) {
    if (child.exitCode !== null) throw new Error(`docker-registry ended with ${child.exitCode}.`)
    const answer = await fetch(`${origin}/v2/`).catch(() => undefined)
    if (answer?.ok === true) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error('docker-registry did not answer within ten seconds.')
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('No port.')
  return address.port
}
