/**
 * The real components that tests use, as `.ci/services` left them. Run as a program it prints which of them answer now:
 * an Nx input, so that a cached result never hides a component that came or went.
 */
import { existsSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** `GAESUP_TEST_…` variables by name; empty when `.ci/services` has not run. */
export function readComponents(root) {
  const file = join(root, '.cache', 'services.env')
  if (!existsSync(file)) return {}
  const lines = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.includes('='))
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  )
}

/** Which variables point at something that is there: a socket or port that accepts, a path that exists. */
export async function presentComponents(variables) {
  const found = await Promise.all(
    Object.entries(variables).map(async ([name, value]) =>
      (await isPresent(name, value)) ? name : undefined,
    ),
  )
  return found.filter((name) => name !== undefined).sort()
}

async function isPresent(name, value) {
  if (name.endsWith('_SOCKET')) return accepts({ path: value })
  if (name.endsWith('_URL'))
    return accepts({ host: new URL(value).hostname, port: Number(new URL(value).port) })
  return value.startsWith('/') ? existsSync(value) : true
}

function accepts(address) {
  return new Promise((resolve) => {
    const socket = connect({ ...address, timeout: 1000 })
    const settle = (answer) => {
      socket.destroy()
      resolve(answer)
    }
    socket.once('connect', () => settle(true))
    socket.once('timeout', () => settle(false))
    socket.once('error', () => settle(false))
  })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = dirname(dirname(fileURLToPath(import.meta.url)))
  const recorded = { GAESUP_TEST_DOCKER_SOCKET: '/var/run/docker.sock', ...readComponents(root) }
  console.log((await presentComponents(recorded)).join(' '))
}
