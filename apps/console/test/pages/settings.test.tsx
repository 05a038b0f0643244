import { screen, waitFor, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openFakeDaemon, type FakeDaemon } from '../support/fake-daemon.ts'
import { renderApp } from '../support/render-app.tsx'
import { fn, workspace } from '../support/samples.ts'

const base = `/api/workspaces/${workspace.id}`
let daemon: FakeDaemon
beforeEach(() => {
  let stored = fn
  daemon = openFakeDaemon({
    [`GET ${base}`]: () => ({ body: workspace }),
    [`GET ${base}/functions`]: () => ({ body: [stored] }),
    [`GET ${base}/functions/${fn.id}`]: () => ({ body: stored }),
    [`PATCH ${base}/functions/${fn.id}`]: ({ body }) => {
      stored = { ...stored, ...(body as object) }
      return { body: stored }
    },
    'GET /api/runtimes': () => ({
      body: {
        runtimes: [
          { runtime: 'Python 3.12', language: 'python', version: '3.12.0' },
          { runtime: 'Python 3.14', language: 'python', version: '3.14.2' },
        ],
        default: 'Python 3.12',
      },
    }),
  })
})
afterEach(() => daemon.close())

const open = () => renderApp(`/w/${workspace.id}/f/${fn.id}?tab=settings`)
const save = () => screen.findByRole('button', { name: 'Save settings' })

describe('function settings', () => {
  it('saves what was changed', async () => {
    await open()
    const memory = await screen.findByLabelText('Memory, MB')
    await userEvent.clear(memory)
    await userEvent.type(memory, '512')
    await screen.findByRole('option', { name: 'Python 3.14' })
    await userEvent.selectOptions(screen.getByLabelText('Runtime'), 'Python 3.14')
    await userEvent.click(screen.getByRole('checkbox', { name: 'GET' }))
    await userEvent.click(screen.getByRole('button', { name: 'Add variable' }))
    await userEvent.type(screen.getByLabelText('Name of variable 2'), 'GREETING')
    await userEvent.type(screen.getByLabelText('Value of variable 2'), '안녕')
    await userEvent.click(await save())
    expect(await screen.findByText('Settings saved')).toBeTruthy()
    expect(daemon.requests.find(({ method }) => method === 'PATCH')?.body).toMatchObject({
      memory: 512,
      runtime: 'Python 3.14',
      httpMethods: ['POST', 'GET'],
      environmentVariables: { REGION: 'seoul', GREETING: '안녕' },
    })
  })

  it('cannot be saved while unchanged or beyond a limit, and says which limit', async () => {
    await open()
    expect(await save()).toHaveProperty('disabled', true)
    const timeout = screen.getByLabelText('Timeout, seconds')
    await userEvent.clear(timeout)
    await userEvent.type(timeout, '901')
    expect(screen.getByText('A whole number from 1 to 900.')).toBeTruthy()
    expect(timeout.getAttribute('aria-invalid')).toBe('true')
    expect(await save()).toHaveProperty('disabled', true)
  })

  it('shows what the server refuses', async () => {
    daemon.routes[`PATCH ${base}/functions/${fn.id}`] = () => ({
      status: 409,
      body: {
        error: { code: 'CONFLICT', message: 'the name is taken', details: { field: 'name' } },
      },
    })
    await open()
    await userEvent.type(await screen.findByLabelText('Name'), 'x')
    await userEvent.click(await save())
    expect((await screen.findByRole('alert')).textContent).toContain('the name is takenCONFLICT')
  })

  it('keeps what is not saved while another tab is shown, and asks before the page is left', async () => {
    daemon.routes[`GET ${base}/functions/${fn.id}/logs`] = () => ({ body: { logs: [], total: 0 } })
    daemon.routes[`GET ${base}/logs`] = () => ({ body: { logs: [], total: 0 } })
    const router = await open()
    await userEvent.type(await screen.findByLabelText('Name'), '-2')
    await userEvent.click(screen.getByRole('tab', { name: 'Runs' }))
    await screen.findByText('No runs yet')
    await userEvent.click(screen.getByRole('tab', { name: 'Settings unsaved changes' }))
    expect(await screen.findByLabelText('Name')).toHaveProperty('value', 'user-auth-2')
    await userEvent.click(screen.getByRole('link', { name: 'Production' }))
    const dialog = await screen.findByRole('dialog', { name: 'Save your changes?' })
    expect(router.state.location.pathname).toContain('/f/')
    await userEvent.click(within(dialog).getByRole('button', { name: 'Save and leave' }))
    await waitFor(() => expect(router.state.location.pathname).toBe(`/w/${workspace.id}`))
    expect(daemon.requests.find(({ method }) => method === 'PATCH')?.body).toMatchObject({
      name: 'user-auth-2',
    })
  })

  it('does not load the editor until the code is opened', async () => {
    await open()
    await save()
    await waitFor(() => expect(screen.queryByRole('region', { name: 'Code' })).toBeNull())
  })
})
