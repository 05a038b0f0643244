import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { request } from 'node:http'
import { promisify } from 'node:util'

export const socketPath: string = process.env['GAESUP_TEST_DOCKER_SOCKET'] ?? '/var/run/docker.sock'
export const image: string = process.env['GAESUP_TEST_DOCKER_IMAGE'] ?? 'gaesup-test/busybox:1'
const run = promisify(execFile)

/** Runs the docker client against the engine under test and gives its output. */
export const docker = async (...args: readonly string[]): Promise<string> => {
  const { stdout } = await run('docker', ['-H', `unix://${socketPath}`, ...args])
  return stdout.trim()
}

const answers = (path: string): Promise<boolean> =>
  new Promise((resolve) => {
    const ask = request({ socketPath, path, timeout: 3000 }, (response) => {
      response.resume()
      resolve(response.statusCode === 200)
    })
    ask.once('timeout', () => ask.destroy())
    ask.once('error', () => resolve(false))
    ask.end()
  })

const reasonToSkip = async (): Promise<string> => {
  if (!existsSync(socketPath)) return `no Docker engine: ${socketPath} does not exist`
  if (!(await answers('/_ping'))) return `no Docker engine answers on ${socketPath}`
  return (await answers(`/images/${encodeURIComponent(image)}/json`))
    ? ''
    : `the engine has no image ${image}`
}

/** Empty when the real engine can be used; tests print it and skip otherwise. */
export const engineAbsent: string = await reasonToSkip()
if (engineAbsent !== '') console.warn(`skipped: ${engineAbsent}`)

/** Names that no other test or run uses. */
export const uniqueName = (purpose: string): string =>
  `trk-${purpose}-${process.pid}-${Date.now().toString(36)}`

/** Polls until a condition holds. */
export const until = async (
  what: string,
  holds: () => boolean,
  timeoutMs = 10_000,
): Promise<void> => {
  const deadline = performance.now() + timeoutMs
  while (!holds()) {
    if (performance.now() > deadline)
      throw new Error(`waited ${timeoutMs} ms in vain until ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
