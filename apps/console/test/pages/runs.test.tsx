import { screen, waitFor, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openFakeDaemon, type FakeDaemon } from '../support/fake-daemon.ts'
import { renderApp } from '../support/render-app.tsx'
import { failedRun, failedRunSummary, fn, workspace } from '../support/samples.ts'

const base = `/api/workspaces/${workspace.id}`
const one = `${base}/functions/${fn.id}`
let daemon: FakeDaemon
beforeEach(() => {
  daemon = openFakeDaemon({
    'GET /api/workspaces': () => ({ body: [workspace] }),
    [`GET ${base}`]: () => ({ body: workspace }),
    [`GET ${base}/functions`]: () => ({ body: [fn] }),
    [`GET ${base}/logs`]: () => ({ body: { logs: [failedRunSummary], total: 1 } }),
    [`GET ${one}`]: () => ({ body: fn }),
    [`GET ${one}/logs`]: () => ({ body: { logs: [failedRunSummary], total: 1 } }),
    [`GET ${one}/logs/${failedRun.id}`]: () => ({ body: failedRun }),
  })
})
afterEach(() => daemon.close())

const openRuns = (search = '') => renderApp(`/w/${workspace.id}/f/${fn.id}?tab=runs${search}`)
const pane = () => screen.findByRole('region', { name: 'Run' })

describe('runs of a function', () => {
  it('shows the newest run whole, and asks for it once', async () => {
    await openRuns()
    expect(await within(await pane()).findByText('before the fault')).toBeTruthy()
    expect(within(await pane()).getByText('Cold start 120 ms')).toBeTruthy()
    expect(within(await pane()).queryByText('Waited')).toBeNull()
    expect(daemon.requests.filter(({ path }) => path.endsWith(failedRun.id))).toHaveLength(1)
  })

  it('shows a run that is not among the newest ones', async () => {
    const old = { ...failedRun, id: 'ex-old', queueMs: 1300, logs: ['from long ago'] }
    daemon.routes[`GET ${one}/logs/ex-old`] = () => ({ body: old })
    await openRuns('&run=ex-old')
    expect(await within(await pane()).findByText('from long ago')).toBeTruthy()
    expect(within(await pane()).getByText('Waited').parentElement?.textContent).toBe('Waited1.3 s')
  })

  it('says when a run is gone', async () => {
    await openRuns('&run=ex-gone')
    expect(await within(await pane()).findByText('No such run')).toBeTruthy()
  })

  it('says why a run could not be loaded, and tries again', async () => {
    const path = `GET ${one}/logs/${failedRun.id}`
    const works = daemon.routes[path]
    daemon.routes[path] = () => ({
      status: 500,
      body: { error: { code: 'READ_ERROR', message: 'tables are locked', details: {} } },
    })
    await openRuns()
    const alert = await screen.findByRole('alert')
    expect(alert.textContent).toContain('tables are locked')
    if (works !== undefined) daemon.routes[path] = works
    await userEvent.click(within(alert).getByRole('button', { name: 'Try again' }))
    expect(await within(await pane()).findByText('before the fault')).toBeTruthy()
  })
})

describe('a run that takes a while', () => {
  it('says what it waits for', async () => {
    const activity = { waiting: 1, starting: 0, running: 0 }
    daemon.routes[`GET ${one}/activity`] = () => ({ body: activity })
    let answer: ((value: { body: unknown }) => void) | undefined
    daemon.routes[`POST ${one}/invoke`] = () => new Promise((resolve) => void (answer = resolve))
    await renderApp(`/w/${workspace.id}/f/${fn.id}`)
    await userEvent.click(await screen.findByRole('button', { name: 'Run' }))
    const says = async (text: string) =>
      waitFor(() =>
        expect(screen.getAllByRole('status').map((one) => one.textContent)).toContain(text),
      )
    await says('Running')
    await says('Waiting until another call ends')
    Object.assign(activity, { waiting: 0, starting: 1 })
    await says('Starting an interpreter')
    Object.assign(activity, { starting: 0, running: 1 })
    await says('Running')
    answer?.({ body: { ...failedRun, logs: ['at last'] } })
    expect(await screen.findByText('at last')).toBeTruthy()
    const asked = () => daemon.requests.filter(({ path }) => path.endsWith('/activity')).length
    const askedMore = async () => {
      const before = asked()
      await new Promise((resolve) => setTimeout(resolve, 700))
      return asked() - before
    }
    await expect.poll(askedMore).toBe(0)
  })

  it('says that it was stopped', async () => {
    daemon.routes[`POST ${one}/invoke`] = () => new Promise(() => undefined)
    await renderApp(`/w/${workspace.id}/f/${fn.id}`)
    await userEvent.click(await screen.findByRole('button', { name: 'Run' }))
    await userEvent.click(await screen.findByRole('button', { name: 'Stop' }))
    expect(await screen.findByText('You stopped it before it answered.')).toBeTruthy()
    expect(screen.queryByText('It did not run')).toBeNull()
  })

  it('asks nothing about a run that ends at once', async () => {
    let runs = 0
    daemon.routes[`POST ${one}/invoke`] = () => ({
      body: { ...failedRun, logs: [`run ${++runs}`] },
    })
    await renderApp(`/w/${workspace.id}/f/${fn.id}`)
    const asked = () => daemon.requests.filter(({ path }) => path.endsWith('/activity')).length
    // A busy machine may need longer to show an answer than the page waits before it asks.
    const runOnce = async () => {
      const [before, begun] = [asked(), performance.now()]
      await userEvent.click(await screen.findByRole('button', { name: 'Run' }))
      await screen.findByText(`run ${runs}`)
      return performance.now() - begun < 250 ? asked() - before : 'shown too late to tell'
    }
    await expect.poll(runOnce).toBe(0)
  })
})
