import { screen, waitFor, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openFakeDaemon, type FakeDaemon } from '../support/fake-daemon.ts'
import { renderApp } from '../support/render-app.tsx'
import { fn, workspace } from '../support/samples.ts'

let daemon: FakeDaemon
beforeEach(() => {
  daemon = openFakeDaemon({
    'GET /api/workspaces': () => ({ body: [workspace] }),
    [`GET /api/workspaces/${workspace.id}`]: () => ({ body: workspace }),
    [`GET /api/workspaces/${workspace.id}/functions`]: () => ({ body: [fn] }),
    [`GET /api/workspaces/${workspace.id}/logs`]: () => ({ body: { logs: [], total: 0 } }),
  })
})
afterEach(() => daemon.close())

describe('landing page', () => {
  it('shows a card for each workspace with its numbers', async () => {
    await renderApp('/')
    const card = (await screen.findByRole('link', { name: 'Production' })).closest('li')!
    expect(card.textContent).toContain('Customer facing')
    expect(card.textContent).toContain('Calls, 24 h40')
    expect(card.textContent).toContain('Error rate2.5%')
    expect(within(card).getByText('Some errors')).toBeTruthy()
  })

  it('offers templates when there is no workspace', async () => {
    daemon.routes['GET /api/workspaces'] = () => ({ body: [] })
    await renderApp('/')
    const gallery = await screen.findByRole('list', { name: 'Templates' })
    expect(
      within(gallery)
        .getAllByRole('button')
        .map((button) => button.textContent),
    ).toHaveLength(3)
  })

  it('makes a template into a workspace with a function, with one press', async () => {
    daemon.routes['GET /api/workspaces'] = () => ({ body: [] })
    daemon.routes['GET /api/runtimes'] = () => ({
      body: {
        runtimes: [{ runtime: 'Python 3.12', language: 'python', version: '3.12.0' }],
        default: 'Python 3.12',
      },
    })
    daemon.routes['POST /api/workspaces'] = () => ({ status: 201, body: workspace })
    daemon.routes[`GET /api/workspaces/${workspace.id}/functions`] = () => ({ body: [] })
    let refuse: (() => void) | undefined
    daemon.routes[`POST /api/workspaces/${workspace.id}/functions`] = () =>
      new Promise((resolve) => {
        refuse = () =>
          resolve({
            status: 500,
            body: { error: { code: 'CREATE_ERROR', message: 'the disk is full', details: {} } },
          })
      })
    await renderApp('/')
    await userEvent.click(await screen.findByRole('button', { name: /Hello Python/ }))
    await waitFor(() => expect(refuse).toBeDefined())
    const sent = daemon.requests.find(
      ({ method, path }) => method === 'POST' && path.endsWith('/functions'),
    )
    expect(sent?.body).toMatchObject({
      name: 'hello',
      runtime: 'Python 3.12',
      httpMethods: ['POST'],
    })
    refuse?.()
    const alert = await screen.findByRole('alert')
    expect(alert.textContent).toContain('the disk is full')
    expect(alert.textContent).toContain('CREATE_ERROR')
  })

  it('shows the message and code of a failure, and recovers on "Try again"', async () => {
    daemon.routes['GET /api/workspaces'] = () => ({
      status: 500,
      body: { error: { code: 'READ_ERROR', message: 'tables are locked', details: {} } },
    })
    await renderApp('/')
    expect((await screen.findByRole('alert')).textContent).toContain('tables are lockedREAD_ERROR')
    daemon.routes['GET /api/workspaces'] = () => ({ body: [workspace] })
    await userEvent.click(screen.getByRole('button', { name: 'Try again' }))
    expect(await screen.findByRole('link', { name: 'Production' })).toBeTruthy()
  })

  it('creates a workspace from the dialog and opens it', async () => {
    daemon.routes['POST /api/workspaces'] = ({ body }) => ({
      status: 201,
      body: { ...workspace, ...(body as object) },
    })
    const router = await renderApp('/')
    await userEvent.click(await screen.findByRole('button', { name: 'New workspace' }))
    const dialog = screen.getByRole('dialog', { name: 'New workspace' })
    expect(within(dialog).getByRole('button', { name: 'Create' })).toHaveProperty('disabled', true)
    await userEvent.type(within(dialog).getByLabelText('Name'), '  실험실 ')
    await userEvent.click(within(dialog).getByRole('button', { name: 'Create' }))
    await waitFor(() => expect(router.state.location.pathname).toBe(`/w/${workspace.id}`))
    expect(daemon.requests.find(({ method }) => method === 'POST')?.body).toEqual({
      name: '실험실',
    })
  })

  it('says that the daemon does not answer while it does not', async () => {
    const fetch = globalThis.fetch
    globalThis.fetch = () => Promise.reject(new TypeError('refused'))
    await renderApp('/')
    expect(await screen.findByText(/The daemon does not answer/)).toBeTruthy()
    globalThis.fetch = fetch
    await userEvent.click(screen.getByRole('button', { name: 'Try now' }))
    await waitFor(() => expect(screen.queryByText(/The daemon does not answer/)).toBeNull())
    expect(await screen.findByRole('link', { name: 'Production' })).toBeTruthy()
  })
})

describe('around the pages', () => {
  it('switches to Korean and remembers it', async () => {
    await renderApp('/')
    await userEvent.click(await screen.findByRole('button', { name: 'Language' }))
    await userEvent.click(screen.getByRole('menuitemradio', { name: '한국어' }))
    expect(await screen.findByRole('heading', { name: '워크스페이스' })).toBeTruthy()
    expect(document.documentElement.lang).toBe('ko')
    expect(localStorage.getItem('gaesup.locale')).toBe('ko')
  })

  it('pins the theme by keyboard and lets it go again', async () => {
    await renderApp('/')
    const trigger = await screen.findByRole('button', { name: 'Theme' })
    trigger.focus()
    await userEvent.keyboard('{Enter}{ArrowUp}{Enter}')
    expect(document.documentElement.dataset['theme']).toBe('dark')
    await userEvent.click(trigger)
    await userEvent.click(screen.getByRole('menuitemradio', { name: 'System theme' }))
    expect(document.documentElement.dataset['theme']).toBeUndefined()
  })

  it('finds a function in the command palette and goes there', async () => {
    const router = await renderApp('/status')
    await screen.findByRole('link', { name: 'Status' })
    await userEvent.keyboard('{Control>}k{/Control}')
    await screen.findByRole('option', { name: /user-auth/ })
    await userEvent.type(screen.getByRole('combobox', { name: 'Go to' }), 'user-auth{Enter}')
    await waitFor(() =>
      expect(router.state.location.pathname).toBe(`/w/${workspace.id}/f/${fn.id}`),
    )
  })

  it('has a page for addresses that lead nowhere', async () => {
    await renderApp('/no/such/page')
    expect(await screen.findByRole('heading', { name: 'Nothing here' })).toBeTruthy()
  })
})
