import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { npm } from './npm.mjs'

const verdaccio = join(
  dirname(createRequire(import.meta.url).resolve('verdaccio/package.json')),
  'bin',
  'verdaccio',
)

/** Another program may take the port that was free; then the next one is tried. */
const tries = 5

/** A real npm registry on loopback: our packages are published to it, everyone else's come from the registry npm uses. */
export async function startRegistry() {
  const folder = mkdtempSync(join(tmpdir(), 'gaesup-registry-'))
  try {
    const { stdout } = await npm(['config', 'get', 'registry'], { cwd: folder })
    writeFileSync(join(folder, 'config.yaml'), configuration(folder, stdout.trim()))
    const { url, stop } = await serve(folder, tries)
    const token = await addUser(url)
    return {
      url,
      token,
      async stop() {
        await stop()
        rmSync(folder, { recursive: true, force: true })
      },
    }
  } catch (error) {
    rmSync(folder, { recursive: true, force: true })
    throw error
  }
}

async function serve(folder, triesLeft) {
  const url = `http://127.0.0.1:${await freePort()}`
  const server = spawn(
    process.execPath,
    // The registry it takes other packages from may be known to this machine only.
    ['--use-system-ca', verdaccio, '--config', join(folder, 'config.yaml'), '--listen', url],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  )
  const ended = new Promise((resolve) => server.once('exit', resolve))
  const stop = async () => {
    server.kill()
    await ended
  }
  let output = ''
  for (const stream of [server.stdout, server.stderr])
    stream.on('data', (chunk) => (output += chunk))
  const isRunning = () => server.exitCode === null && server.signalCode === null
  if (await answers(`${url}/-/ping`, isRunning)) return { url, stop }
  await stop()
  if (output.includes('EADDRINUSE') && triesLeft > 1) return serve(folder, triesLeft - 1)
  throw new Error(`The registry did not start:\n${output}`)
}

function configuration(folder, uplink) {
  return JSON.stringify({
    storage: join(folder, 'storage'),
    auth: { htpasswd: { file: join(folder, 'htpasswd'), max_users: 1 } },
    uplinks: {
      // One slow answer must not keep the next ones from being asked for.
      upstream: { url: uplink, cache: true, timeout: '60s', max_fails: 100, fail_timeout: '1s' },
    },
    packages: {
      '@gaesup-state/*': { access: '$all', publish: '$authenticated' },
      '**': { access: '$all', proxy: 'upstream' },
    },
    max_body_size: '100mb',
    web: { enable: false },
    log: { type: 'stdout', format: 'pretty', level: 'warn' },
  })
}

async function addUser(url) {
  const user = {
    name: 'publisher',
    password: 'only-for-this-test',
    _id: 'org.couchdb.user:publisher',
    type: 'user',
  }
  const answer = await fetch(`${url}/-/user/org.couchdb.user:publisher`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(user),
  })
  const { token } = await answer.json()
  if (token === undefined) throw new Error(`The registry gave no token: HTTP ${answer.status}`)
  return token
}

async function answers(url, isRunning) {
  for (const until = performance.now() + 50_000; performance.now() < until && isRunning();) {
    const answer = await fetch(url).catch(() => undefined)
    // Another program at this port would answer as well, but then ours is about to end.
    if (answer?.ok && isRunning()) return true
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  return false
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}
