import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bundleForPage, chromiumIsAbsent, launchChromium } from '../both/chromium.ts'
import { loadFixture } from './modules.ts'
import { cases } from './page-cases.ts'

/** With these headers a page has shared memory, and no others. */
const isolation = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
}

describe.skipIf(chromiumIsAbsent).each([
  ['a page of Chromium', {}],
  ['a cross-origin isolated page of Chromium', isolation],
])('in %s', (_, headers) => {
  const opened: { browser?: Browser; page?: Page } = {}

  beforeAll(async () => {
    opened.browser = await launchChromium()
    opened.page = await openPage(opened.browser, headers)
  })

  afterAll(() => opened.browser?.close())

  test('shared memory is there where the page is isolated', async () => {
    const isThere = await opened.page?.evaluate('typeof SharedArrayBuffer === "function"')
    expect(isThere).toBe(headers === isolation)
  })

  test.each(cases)('$title', async ({ title }) => {
    const ask = `globalThis.runCase(${JSON.stringify(title)})`
    expect(await opened.page?.evaluate(ask)).toBe('')
  })

  test('a worker is found beside the code, and one that is not there fails the start', async () => {
    expect(await opened.page?.evaluate('globalThis.startWith(undefined)')).toBe('running')
    expect(await opened.page?.evaluate('globalThis.startWith("/absent.js")')).toBe('STARTUP_FAILED')
  })
})

async function openPage(browser: Browser, headers: Record<string, string>): Promise<Page> {
  const [page, worker] = await Promise.all([
    bundleForPage(new URL('page.ts', import.meta.url)),
    bundleForPage(new URL('../../src/runtimes/worker.ts', import.meta.url)),
  ])
  const opened = await browser.newPage()
  const scripts: Readonly<Record<string, string>> = {
    '/page.js': page,
    '/runtimes/worker.js': worker,
  }
  await opened.route('**/*', async (route) => {
    const { pathname } = new URL(route.request().url())
    const script = scripts[pathname]
    if (script !== undefined)
      return route.fulfill({ contentType: 'text/javascript', headers, body: script })
    if (pathname.startsWith('/modules/')) {
      const bytes = await loadFixture(pathname.slice('/modules/'.length))
      return route.fulfill({ body: Buffer.from(bytes) })
    }
    if (pathname !== '/') return route.fulfill({ status: 404, headers, body: '' })
    return route.fulfill({
      contentType: 'text/html',
      headers,
      body: '<!doctype html><script type="module" src="/page.js"></script>',
    })
  })
  await opened.goto('https://containers.test/')
  await opened.waitForFunction('"runCase" in globalThis')
  return opened
}
