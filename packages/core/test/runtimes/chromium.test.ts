import { accessSync, constants } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { chromium, type Browser, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadFixture } from './modules.ts'
import { cases } from './page-cases.ts'

const browserPath = [
  process.env['GAESUP_TEST_CHROMIUM'],
  '/usr/bin/chromium',
  '/usr/bin/google-chrome',
].find((path) => path !== undefined && isExecutable(path))
if (browserPath === undefined)
  console.warn('Skipped in Chromium: chromium is not installed (Debian package chromium)')

/** With these headers a page has shared memory, and no others. */
const isolation = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
}

describe.skipIf(browserPath === undefined).each([
  ['a page of Chromium', {}],
  ['a cross-origin isolated page of Chromium', isolation],
])('in %s', (_, headers) => {
  const opened: { browser?: Browser; page?: Page } = {}

  beforeAll(async () => {
    opened.browser = await chromium.launch({
      executablePath: browserPath ?? '',
      args: ['--no-sandbox', '--disable-gpu'],
    })
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
    bundle('page.ts'),
    bundle('../../src/runtimes/worker.ts'),
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

async function bundle(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(entry, import.meta.url))],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2023',
  })
  return outputFiles[0]?.text ?? ''
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
