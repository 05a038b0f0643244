import { screen, within } from '@testing-library/react'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openFakeDaemon, type FakeDaemon } from '../support/fake-daemon.ts'
import { renderApp } from '../support/render-app.tsx'

const status = {
  version: '0.1.0',
  startedAt: '2026-11-21T00:00:00Z',
  dataDir: '/home/mina/.gaesup',
  parts: [
    { name: 'Tables', kind: 'embedded', detail: 'node:sqlite' },
    { name: 'Metrics', kind: 'real', detail: 'Prometheus 2.42' },
  ],
  runtimes: [{ language: 'python', runtime: 'Python 3.12', version: '3.12.0', engine: 'wasm' }],
  endpoints: { console: 'http://localhost:8000', sandbox: 'ws://localhost:5000/ws/jsonrpc' },
}
/** Word for word as the daemon has them. */
const known = [
  {
    name: 'sandbox engine',
    kind: 'embedded',
    detail:
      'wasm: Programs run in WebAssembly with a memory cap and virtual files, inside a child process that has no files, network, environment or children and is killed at its limits.',
  },
  { name: 'function host', kind: 'embedded', detail: 'wasm: the same isolation, pooled' },
  { name: 'tables', kind: 'embedded', detail: 'SQLite in /data/functions.db' },
  { name: 'objects', kind: 'embedded', detail: 'files in /data/objects' },
  { name: 'sessions', kind: 'embedded', detail: 'files in /data/sessions' },
]
let daemon: FakeDaemon
beforeEach(() => {
  daemon = openFakeDaemon({ 'GET /status': () => ({ body: status }) })
})
afterEach(() => daemon.close())

describe('status page', () => {
  it('tells embedded parts from real ones', async () => {
    await renderApp('/status')
    const parts = await screen.findByRole('region', { name: 'Parts' })
    const rows = within(parts)
      .getAllByRole('listitem')
      .map((row) => row.textContent)
    expect(rows).toEqual(['TablesEmbeddednode:sqlite', 'MetricsRealPrometheus 2.42'])
  })

  it('says which parts are degraded and why, and that not all is well', async () => {
    const [tables, metrics] = status.parts
    daemon.routes['GET /status'] = () => ({
      body: {
        ...status,
        parts: [
          { ...tables, status: 'ok' },
          { ...metrics, status: 'degraded', reason: 'no scrape' },
        ],
      },
    })
    await renderApp('/status', 'ko')
    const parts = await screen.findByRole('region', { name: '구성 요소' })
    const [fine, degraded] = within(parts).getAllByRole('listitem')
    expect(fine?.textContent).not.toContain('문제 있음')
    expect(degraded?.textContent).toContain('문제 있음')
    expect(degraded?.textContent).toContain('no scrape')
    expect(screen.getByRole('region', { name: '데몬' }).textContent).toContain('1개에 문제 있음')
  })

  it('says in Korean what the daemon says in English', async () => {
    daemon.routes['GET /status'] = () => ({ body: { ...status, parts: known } })
    await renderApp('/status', 'ko')
    const parts = await screen.findByRole('region', { name: '구성 요소' })
    const rows = within(parts).getAllByRole('listitem')
    const [names, details] = ['.part-name', '.part-detail'].map((kind) =>
      rows.map((row) => row.querySelector(kind)?.textContent),
    )
    expect(names).toEqual(['샌드박스 엔진', '함수 호스트', '테이블', '오브젝트', '세션'])
    for (const detail of details ?? []) expect(detail).toMatch(/[가-힣]/)
  })

  it('shows the exact version of each runtime, the addresses and the limits', async () => {
    await renderApp('/status', 'ko')
    expect((await screen.findByRole('region', { name: '런타임' })).textContent).toContain('3.12.0')
    expect(screen.getByText('ws://localhost:5000/ws/jsonrpc')).toBeTruthy()
    expect(screen.getByText('/home/mina/.gaesup')).toBeTruthy()
    expect(screen.getByText('128 – 1,024 MB')).toBeTruthy()
  })

  it('asks for JSON, as the page itself has the same address', async () => {
    await renderApp('/status')
    await screen.findByRole('region', { name: 'Parts' })
    expect(daemon.requests.find(({ path }) => path === '/status')?.accept).toBe('application/json')
  })

  it('says so when the answer is no status', async () => {
    daemon.routes['GET /status'] = () => ({ body: { hello: 1 } })
    await renderApp('/status')
    expect((await screen.findByRole('alert')).textContent).toContain('BAD_RESPONSE')
  })
})
