import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
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
  const config = join(folder, 'config.json')
  await writeFile(
    config,
    JSON.stringify({
      version: 0.1,
      // It tells the port that the system gave it.
      log: { level: 'info', accesslog: { disabled: true } },
      storage: { filesystem: { rootdirectory: join(folder, 'data') }, delete: { enabled: true } },
      http: {
        addr: '127.0.0.1:0',
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
  const child = spawn(binary, ['serve', config], { stdio: ['ignore', 'ignore', 'pipe'] })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM')
    await ended
    await rm(folder, { recursive: true, force: true })
  }
  try {
    const host = await listeningHost(child)
    const origin = `http://${host}`
    await untilHealthy(origin)
    return { origin, host, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

const patienceMs = 50_000

async function listeningHost(child: ChildProcess): Promise<string> {
  let said = ''
  return new Promise((resolve, reject) => {
    const fail = (reason: string): void => reject(new Error(`docker-registry ${reason}:\n${said}`))
    const timer = setTimeout(() => fail('did not say where it listens'), patienceMs)
    child.once('exit', (code) => {
      clearTimeout(timer)
      fail(`ended with ${code}`)
    })
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said += text
      const host = /listening on (127\.0\.0\.1:\d+)/.exec(said)?.[1]
      if (host === undefined) return
      clearTimeout(timer)
      resolve(host)
    })
  })
}

async function untilHealthy(origin: string): Promise<void> {
  for (const until = performance.now() + patienceMs; performance.now() < until;) {
    const answer = await fetch(`${origin}/v2/`).catch(() => undefined)
    if (answer?.ok === true) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`docker-registry did not answer at ${origin} within ${patienceMs / 1000} s.`)
}
