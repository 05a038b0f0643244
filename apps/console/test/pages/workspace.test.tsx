import { screen, waitFor, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { averageDuration } from '../../src/pages/workspace/workspace-metrics.tsx'
import { openFakeDaemon, type FakeDaemon } from '../support/fake-daemon.ts'
import { renderApp } from '../support/render-app.tsx'
import { failedRun, failedRunSummary, fn, workspace } from '../support/samples.ts'

const quiet = {
  ...fn,
  id: 'fn-cccccccc',
  name: 'old-report',
  status: 'disabled' as const,
  invocations24h: 0,
  errors24h: 0,
  avgDuration: 0,
}
const base = `/api/workspaces/${workspace.id}`
let daemon: FakeDaemon
beforeEach(() => {
  daemon = openFakeDaemon({
    'GET /api/workspaces': () => ({ body: [workspace] }),
    [`GET ${base}`]: () => ({ body: workspace }),
    [`GET ${base}/functions`]: () => ({ body: [fn, quiet] }),
    [`GET ${base}/logs`]: () => ({ body: { logs: [failedRunSummary], total: 1 } }),
  })
})
afterEach(() => daemon.close())

const open = (search = '') => renderApp(`/w/${workspace.id}${search}`)
const rowNames = () =>
  screen
    .getAllByRole('row')
    .slice(1)
    .map((row) => within(row).getByRole('rowheader').textContent)

describe('workspace page', () => {
  it('filters functions by text, and keeps the text in the address', async () => {
    const router = await open()
    await userEvent.type(await screen.findByRole('searchbox', { name: 'Search functions' }), 'OLD')
    await waitFor(() => expect(rowNames()).toHaveLength(1))
    expect(router.state.location.search).toEqual({ q: 'OLD' })
  })

  it('shows the filter of its address', async () => {
    await open('?status=disabled')
    await screen.findByRole('link', { name: 'old-report' })
    expect(screen.queryByRole('link', { name: 'user-auth' })).toBeNull()
  })

  it('orders names as people do', async () => {
    const names = ['fn-10', 'fn-2', 'Fn-1', '가나', 'fn-3']
    daemon.routes[`GET ${base}/functions`] = () => ({
      body: names.map((name) => ({ ...fn, id: `fn-${name}`, name, description: undefined })),
    })
    await open()
    await screen.findByRole('link', { name: 'fn-10' })
    expect(rowNames().map((name) => name?.replace('Some errors', ''))).toEqual([
      'Fn-1',
      'fn-2',
      'fn-3',
      'fn-10',
      '가나',
    ])
  })

  it('reads the name of the page out', async () => {
    await open()
    await screen.findByRole('heading', { name: 'Production' })
    await waitFor(() =>
      expect(screen.getAllByRole('status').map((one) => one.textContent)).toContain('Production'),
    )
    expect(document.title).toBe('Production · Gaesup')
  })

  it('marks workspaces in the navigation', async () => {
    await open()
    const current = await screen.findByRole('link', { name: 'Workspaces', current: true })
    expect(current.className).toContain('nav-link')
  })

  it('says in Korean why the server refused, with its own words', async () => {
    daemon.routes[`PATCH ${base}`] = () => ({
      status: 409,
      body: {
        error: { code: 'CONFLICT', message: 'the name is taken', details: { field: 'name' } },
      },
    })
    await renderApp(`/w/${workspace.id}`, 'ko')
    await userEvent.click(await screen.findByRole('button', { name: '워크스페이스 작업' }))
    await userEvent.click(screen.getByRole('menuitem', { name: '워크스페이스 이름 변경' }))
    await userEvent.click(screen.getByRole('button', { name: '저장' }))
    const name = await screen.findByRole('textbox', { name: '이름' })
    await waitFor(() => expect(name.getAttribute('aria-invalid')).toBe('true'))
    const note = document.getElementById(name.getAttribute('aria-describedby') ?? '')
    expect(note?.textContent).toBe(
      '이미 쓰고 있는 이름이거나 다른 요청과 겹칩니다. the name is taken',
    )
  })

  it('switches a function off at once, and back when the server refuses', async () => {
    let answer: ((value: { status?: number; body: unknown }) => void) | undefined
    daemon.routes[`PATCH ${base}/functions/${fn.id}`] = () =>
      new Promise((resolve) => void (answer = resolve))
    await open()
    const toggle = await screen.findByRole('switch', { name: 'user-auth is on' })
    await userEvent.click(toggle)
    await waitFor(() => expect(toggle.getAttribute('aria-checked')).toBe('false'))
    await waitFor(() => expect(answer).toBeDefined())
    answer?.({
      status: 500,
      body: { error: { code: 'UPDATE_ERROR', message: 'tables are locked', details: {} } },
    })
    await waitFor(() => expect(toggle.getAttribute('aria-checked')).toBe('true'))
    expect(screen.getByText(/tables are locked \(UPDATE_ERROR\)/)).toBeTruthy()
  })

  it('deletes a function after a question', async () => {
    let functions = [fn, quiet]
    daemon.routes[`GET ${base}/functions`] = () => ({ body: functions })
    daemon.routes[`DELETE ${base}/functions/${quiet.id}`] = () => {
      functions = [fn]
      return { status: 204, body: null }
    }
    await open()
    await userEvent.click(await screen.findByRole('button', { name: 'Actions for old-report' }))
    await userEvent.click(screen.getByRole('menuitem', { name: 'Delete function' }))
    const dialog = screen.getByRole('dialog', { name: 'Delete old-report?' })
    await userEvent.click(within(dialog).getByRole('button', { name: 'Delete function' }))
    await waitFor(() => expect(screen.queryByRole('link', { name: 'old-report' })).toBeNull())
    expect(daemon.requests.filter(({ method }) => method === 'DELETE')).toHaveLength(1)
  })

  it('deletes a workspace with functions only when its name was typed', async () => {
    daemon.routes[`DELETE ${base}`] = () => ({ status: 204, body: null })
    const router = await open()
    await screen.findByRole('heading', { name: 'Production' })
    await userEvent.click(screen.getByRole('button', { name: 'Workspace actions' }))
    await userEvent.click(screen.getByRole('menuitem', { name: 'Delete workspace' }))
    const dialog = screen.getByRole('dialog', { name: 'Delete Production?' })
    const confirm = within(dialog).getByRole('button', { name: 'Delete workspace' })
    expect(confirm).toHaveProperty('disabled', true)
    await userEvent.type(within(dialog).getByLabelText('Type Production to confirm'), 'Production')
    await userEvent.click(confirm)
    await waitFor(() => expect(router.state.location.pathname).toBe('/'))
  })

  it('opens the logs of a run with one press', async () => {
    daemon.routes[`GET ${base}/functions/${fn.id}`] = () => ({ body: fn })
    daemon.routes[`GET ${base}/functions/${fn.id}/logs`] = () => ({
      body: { logs: [failedRunSummary], total: 1 },
    })
    daemon.routes[`GET ${base}/functions/${fn.id}/logs/${failedRun.id}`] = () => ({
      body: failedRun,
    })
    await open()
    await userEvent.click(await screen.findByRole('link', { name: /POST \/orders\?id=7/ }))
    const run = await screen.findByRole('region', { name: 'Run' })
    expect(await within(run).findByText('before the fault')).toBeTruthy()
    expect(within(run).getByRole('region', { name: 'Why it failed' }).textContent).toContain(
      'ZeroDivisionError: division by zeroline 3',
    )
  })

  it('says when there is no such workspace', async () => {
    delete daemon.routes[`GET ${base}`]
    await open()
    expect(await screen.findByRole('heading', { name: 'No such workspace' })).toBeTruthy()
  })

  it('weighs average durations by calls', () => {
    expect(
      averageDuration([
        { ...fn, invocations24h: 1, avgDuration: 100 },
        { ...fn, invocations24h: 3, avgDuration: 20 },
      ]),
    ).toBe(40)
    expect(averageDuration([quiet])).toBeUndefined()
  })
})
