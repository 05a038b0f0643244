import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createWeb } from '../../src/http/web.ts'
import type { Status } from '../../src/status.ts'

let consoleDir: string
beforeEach(() => {
  consoleDir = mkdtempSync(join(tmpdir(), 'web-'))
  mkdirSync(join(consoleDir, '.vite'))
  mkdirSync(join(consoleDir, 'assets'))
  writeFileSync(join(consoleDir, 'index.html'), '<!doctype html><title>console</title>')
  writeFileSync(join(consoleDir, '.vite', 'manifest.json'), '{}')
  writeFileSync(join(consoleDir, 'assets', 'page-1a2b.js'), 'export {}')
})
afterEach(() => rmSync(consoleDir, { recursive: true }))

const status: Status = {
  version: '0.0.0',
  startedAt: new Date(0).toISOString(),
  dataDir: '/data',
  parts: [],
  runtimes: [],
  endpoints: { console: '', sandbox: '' },
}

async function ask(target: string, headers: Record<string, string> = {}) {
  const [method = '', path = ''] = target.split(' ')
  const web = createWeb({
    consoleApi: { fetch: async (request) => new Response(`api ${new URL(request.url).pathname}`) },
    status: () => status,
    consoleDir,
    sandboxPort: () => 5000,
  })
  const response = await web.request(`http://localhost:8000${path}`, {
    method,
    headers: { host: 'localhost:8000', ...headers },
  })
  return { code: response.status, headers: response.headers, text: await response.text() }
}

describe('the port of the console', () => {
  it('hands the API everything under its paths, whatever the method', async () => {
    for (const target of ['GET /api/workspaces', 'PUT /api/none', 'DELETE /fn/ws/name/a'])
      expect((await ask(target)).text).toBe(`api ${target.split(' ')[1] ?? ''}`)
  })

  it('answers status as JSON, and as a page to who asks for one', async () => {
    expect(JSON.parse((await ask('GET /status')).text)).toEqual(status)
    expect((await ask('GET /status', { accept: 'text/html' })).text).toContain('<title>console')
  })

  it.each(['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])(
    'says which methods health and status take when asked with %s',
    async (method) => {
      for (const path of ['/health', '/status']) {
        const answer = await ask(`${method} ${path}`)
        expect([answer.code, answer.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
        expect(JSON.parse(answer.text)).toMatchObject({ error: { code: 'METHOD_NOT_ALLOWED' } })
      }
    },
  )

  it('answers HEAD as GET without a body', async () => {
    const { code, text } = await ask('HEAD /health')
    expect([code, text]).toEqual([200, ''])
  })

  it('serves the page at every address of it, and its parts for good', async () => {
    expect((await ask('GET /w/ws-1/f/fn-1')).text).toContain('<title>console')
    const part = await ask('GET /assets/page-1a2b.js')
    expect(part.headers.get('cache-control')).toContain('immutable')
    expect((await ask('GET /assets/page-0000.js')).code).toBe(404)
  })

  it.each(['/.vite/manifest.json', '/.vite', '/assets/../.vite/manifest.json', '/.env'])(
    'does not serve %s, which the build left for itself',
    async (path) => {
      const { code, text } = await ask(`GET ${path}`)
      expect([code, text]).toEqual([404, 'Not found'])
    },
  )
})
