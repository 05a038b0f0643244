import { accessSync, constants } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { chromium, type Browser, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Case, Load } from './case.ts'
import type { Told } from './page.ts'

const candidates = [
  process.env['GAESUP_TEST_CHROMIUM'],
  '/usr/bin/chromium',
  '/usr/bin/google-chrome',
]
const browserPath = candidates.find((path) => path !== undefined && isExecutable(path))
if (browserPath === undefined)
  console.warn('Skipped in Chromium: chromium is not installed (Debian package chromium)')

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
  describe.skipIf(browserPath === undefined)(where, () => {
    const opened: { browser?: Browser; page?: Page } = {}
    beforeAll(async () => {
      opened.browser = await chromium.launch({
        executablePath: browserPath ?? '',
        args: [
          '--no-sandbox',
          '--disable-gpu',
          '--js-flags=--expose-gc',
          '--enable-precise-memory-info',
        ],
      })
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
    if (pathname in workers)
      return route.fulfill({ contentType: 'text/javascript', body: await bundleWorker(pathname) })
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

async function bundleWorker(pathname: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(workers[pathname] ?? '', import.meta.url))],
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
