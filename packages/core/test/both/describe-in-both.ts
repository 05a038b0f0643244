import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Case, Load } from './case.ts'
import { bundleForPage, chromiumIsAbsent, launchChromium } from './chromium.ts'
import type { Told } from './page.ts'

/** A case may start thousands of containers on a busy machine. */
const patienceMs = 180_000

export interface BothOptions {
  readonly cases: readonly Case[]
  /** A module that exports the same cases as `cases`. */
  readonly from: URL
  readonly load: Load
  /** Default: the page's main thread. */
  readonly in?: 'page' | 'worker'
  /** Titles that cannot run here. */
  readonly absent?: ReadonlySet<string>
}

/** Each case once in Node and once in Chromium. */
export function describeInBoth(options: BothOptions): void {
  const { cases, load, absent = new Set() } = options
  describe('in Node', () => {
    for (const one of cases)
      test.skipIf(absent.has(one.title))(one.title, { timeout: patienceMs }, async () => {
        print(await one.run(load))
      })
  })
  const where = options.in === 'worker' ? 'in a worker of Chromium' : 'in Chromium, on the page'
  describe.skipIf(chromiumIsAbsent)(where, () => {
    const opened: { browser?: Browser; page?: Page } = {}
    beforeAll(async () => {
      opened.browser = await launchChromium(
        '--js-flags=--expose-gc',
        '--enable-precise-memory-info',
      )
      opened.page = await openPage(opened.browser, options)
    })
    afterAll(() => opened.browser?.close())
    for (const { title } of cases)
      test.skipIf(absent.has(title))(title, { timeout: patienceMs }, async () => {
        const ask = options.in === 'worker' ? askWorker : 'runCase'
        const told = await opened.page?.evaluate<Told>(`(${ask})(${JSON.stringify(title)})`)
        expect(told?.failure).toBe('')
        print(told?.note)
      })
  })
}

function print(note: string | undefined | void): void {
  if (typeof note === 'string') console.log(note)
}

/** Runs in the page. */
const askWorker = `(title) => new Promise((resolve) => {
  globalThis.cases ??= new Worker('/cases.js', { type: 'module' })
  globalThis.cases.onmessage = ({ data }) => resolve(data)
  globalThis.cases.onerror = ({ message }) => resolve({ failure: message })
  globalThis.cases.postMessage(title)
})`

async function openPage(browser: Browser, { from, load, ...options }: BothOptions): Promise<Page> {
  const bundle = await build({
    stdin: {
      contents: `import { cases } from ${JSON.stringify(fileURLToPath(from))}
import { serveCases } from ${JSON.stringify(fileURLToPath(new URL('page.ts', import.meta.url)))}
serveCases(cases)`,
      resolveDir: fileURLToPath(new URL('.', import.meta.url)),
    },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2023',
  })
  const page = await browser.newPage()
  // A secure context, as `crypto.subtle` needs; nothing is fetched from outside.
  await page.route('**/*', async (route) => {
    const { pathname } = new URL(route.request().url())
    if (pathname === '/cases.js')
      return route.fulfill({
        contentType: 'text/javascript',
        body: bundle.outputFiles[0]?.text ?? '',
      })
    const worker = workers[pathname]
    if (worker !== undefined) {
      const body = await bundleForPage(new URL(worker, import.meta.url))
      return route.fulfill({ contentType: 'text/javascript', body })
    }
    if (pathname.startsWith('/jco/'))
      return route.fulfill({ path: `${transpilerFolder}${pathname.slice('/jco/'.length)}` })
    if (pathname === '/compile/quickjs.wasm') return route.fulfill({ path: interpreter })
    if (!pathname.startsWith('/modules/'))
      return route.fulfill({ contentType: 'text/html', body: '<!doctype html>' })
    return route.fulfill({ body: Buffer.from(await load(pathname.slice('/modules/'.length))) })
  })
  await page.goto('https://containers.test/')
  if (options.in === 'worker') return page
  await page.addScriptTag({ type: 'module', url: '/cases.js' })
  await page.waitForFunction('"runCase" in globalThis')
  return page
}

const interpreter = createRequire(import.meta.url).resolve('quickjs-wasi/quickjs.wasm')

const transpilerFolder = createRequire(import.meta.url)
  .resolve('@bytecodealliance/jco-transpile/component')
  .replace(/[^/]*$/, '')

/** Scripts of workers, where the package has them beside its other code. */
const workers: Readonly<Record<string, string>> = {
  '/compile/web-worker.js': '../../src/compile/web-worker.ts',
  '/abi/component/worker.js': '../../src/abi/component/worker.ts',
  '/runtimes/worker.js': '../../src/runtimes/worker.ts',
}
