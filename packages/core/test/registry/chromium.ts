import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { stripTypeScriptTypes } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startServer } from './hostile-server.ts'

const binary = '/usr/bin/chromium'
const packageFolder = fileURLToPath(new URL('../..', import.meta.url))

/** Why tests in a real browser cannot run here; empty when they can. */
export const missingChromium: string = existsSync(binary)
  ? ''
  : 'chromium is not installed (Debian package chromium)'
if (missingChromium !== '') console.warn(`Skipped: ${missingChromium}`)

/**
 * What the function `run` of a module of this package answers in headless Chromium. The sources are served as they are,
 * with their types taken out.
 */
export async function runInChromium(page: string, input: unknown): Promise<unknown> {
  let settle: (text: string) => void = () => undefined
  const result = new Promise<string>((resolve) => {
    settle = resolve
  })
  await using server = await startServer(async (request, response) => {
    const path = (request.url ?? '/').replace(/\?.*/, '')
    if (request.method === 'POST') {
      settle(request.body.toString())
      response.end()
    } else if (path === '/') {
      response.setHeader('content-type', 'text/html; charset=utf-8')
      response.end(`<!doctype html><script type="module">${runner(page, input)}</script>`)
    } else if (path.endsWith('.ts')) {
      response.setHeader('content-type', 'text/javascript; charset=utf-8')
      response.end(stripTypeScriptTypes(await readFile(join(packageFolder, path), 'utf8')))
    } else response.writeHead(404).end()
  })
  const profile = await mkdtemp(join(tmpdir(), 'gaesup-chromium-'))
  const flags = [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-dev-shm-usage',
    '--no-first-run',
  ]
  const child = spawn(
    binary,
    [...flags, `--user-data-dir=${profile}`, '--remote-debugging-port=0', server.origin],
    // What it leaves when it is told to end goes with its profile.
    { stdio: 'ignore', env: { ...process.env, TMPDIR: profile } },
  )
  const ended = new Promise<string>((resolve) => {
    child.once('exit', (code) => resolve(JSON.stringify({ error: `chromium ended with ${code}` })))
  })
  try {
    const told = JSON.parse(await Promise.race([result, ended])) as {
      value?: unknown
      error?: string
    }
    if (told.error !== undefined) throw new Error(told.error)
    return told.value
  } finally {
    child.kill()
    await ended
    await rm(profile, { recursive: true, force: true, maxRetries: 20 })
  }
}

function runner(page: string, input: unknown): string {
  return `
    const tell = (answer) => fetch('/', { method: 'POST', body: JSON.stringify(answer) })
    addEventListener('error', (event) => tell({ error: event.message }))
    try {
      const { run } = await import(${JSON.stringify(page)})
      await tell({ value: await run(${JSON.stringify(input)}) })
    } catch (error) {
      await tell({ error: String(error?.stack ?? error) })
    }
  `
}
