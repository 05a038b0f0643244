import { createRequire } from 'node:module'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bundleForPage, chromiumIsAbsent, launchChromium } from '../both/chromium.ts'
import { assemble } from './build.ts'
import { library } from './texts.ts'

const transpiler = createRequire(import.meta.url)
  .resolve('@bytecodealliance/jco-transpile/component')
  .replace(/[^/]*$/, '')
const strict = "script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'"
const needed = "script-src 'self' 'unsafe-eval'; worker-src 'self'"

describe.skipIf(chromiumIsAbsent)('components under a Content Security Policy', () => {
  const opened: { browser?: Browser; scripts?: Readonly<Record<string, string>> } = {}
  beforeAll(async () => {
    const [page, worker] = await Promise.all([
      bundleForPage(new URL('policy-page.ts', import.meta.url)),
      bundleForPage(new URL('../../src/abi/component/worker.ts', import.meta.url)),
    ])
    opened.browser = await launchChromium()
    opened.scripts = { '/page.js': page, '/worker.js': worker }
  })
  afterAll(() => opened.browser?.close())

  const refused = /^RUNTIME_UNAVAILABLE: .*unsafe-eval/
  test.each([
    {
      title: 'runs where the page and the script of the thread have it',
      policies: [needed, needed],
      outcome: /^running$/,
    },
    {
      title: 'is refused where the page lacks it',
      policies: [strict, needed],
      outcome: refused,
    },
    {
      title: 'is refused where the thread lacks it',
      policies: [needed, strict],
      outcome: refused,
    },
  ])("with 'unsafe-eval': $title", async ({ policies: [ofPage = '', ofWorker = ''], outcome }) => {
    const page = await open(opened, { '/': ofPage, '/worker.js': ofWorker })
    expect(await page.evaluate('globalThis.startComponent("/worker.js")')).toMatch(outcome)
    await page.close()
  })
})

async function open(
  { browser, scripts = {} }: { browser?: Browser; scripts?: Readonly<Record<string, string>> },
  policies: Readonly<Record<string, string>>,
): Promise<Page> {
  const page = await browser?.newPage()
  if (page === undefined) throw new Error('There is no browser.')
  const component = await assemble(library)
  await page.route('**/*', (route) => {
    const { pathname } = new URL(route.request().url())
    const policy = policies[pathname]
    const headers = policy === undefined ? {} : { 'content-security-policy': policy }
    const script = scripts[pathname]
    if (script !== undefined)
      return route.fulfill({ contentType: 'text/javascript', headers, body: script })
    if (pathname.startsWith('/jco/'))
      return route.fulfill({ path: `${transpiler}${pathname.slice('/jco/'.length)}` })
    if (pathname === '/component.wasm') return route.fulfill({ body: Buffer.from(component) })
    return route.fulfill({ contentType: 'text/html', headers, body: '<!doctype html>' })
  })
  await page.goto('https://containers.test/')
  await page.addScriptTag({ type: 'module', url: '/page.js' })
  await page.waitForFunction('"startComponent" in globalThis')
  return page
}
