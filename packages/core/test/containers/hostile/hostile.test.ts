import { accessSync, constants } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { chromium, type Browser, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fixture } from '../modules.ts'
import { hostileCases } from './cases.ts'

const names = ['native.wasm', 'reactor.wasm', 'command.wasm', 'plugin.wasm']
const modules = {
  ...Object.fromEntries(names.map((name) => [name, fixture(name)])),
  'workloads.wasm': fixture('../meter/workloads.wasm'),
}

describe('in Node', () => {
  test.each(hostileCases)('$title', ({ run }) => run(modules))
})

const candidates = [process.env['CHROMIUM_PATH'], '/usr/bin/chromium', '/usr/bin/google-chrome']
const browserPath = candidates.find((path) => path !== undefined && isExecutable(path))

describe.skipIf(browserPath === undefined)(
  browserPath === undefined
    ? 'in Chromium (skipped: no Chromium here)'
    : 'in Chromium, on the main thread',
  () => {
    let browser: Browser
    let page: Page

    beforeAll(async () => {
      const bundle = await build({
        entryPoints: [fileURLToPath(new URL('page.ts', import.meta.url))],
        bundle: true,
        write: false,
        format: 'esm',
        platform: 'browser',
        target: 'es2023',
      })
      browser = await chromium.launch({
        ...(browserPath === undefined ? {} : { executablePath: browserPath }),
        args: ['--no-sandbox', '--disable-gpu'],
      })
      page = await browser.newPage()
      // A secure context, as `crypto.subtle` needs; nothing is fetched.
      await page.route('**/*', (route) =>
        route.fulfill({ contentType: 'text/html', body: '<!doctype html>' }),
      )
      await page.goto('https://containers.test/')
      await page.addScriptTag({ type: 'module', content: bundle.outputFiles[0]?.text ?? '' })
      await page.waitForFunction('"runCase" in globalThis')
    })

    afterAll(() => browser.close())

    test.each(hostileCases)('$title', async ({ title }) => {
      const files = Object.fromEntries(
        Object.entries(modules).map(([name, bytes]) => [
          name,
          Buffer.from(bytes).toString('base64'),
        ]),
      )
      const failure = await page.evaluate(
        ([name, given]) =>
          (
            globalThis as unknown as {
              runCase(title: string, files: Record<string, string>): Promise<string>
            }
          ).runCase(name, given),
        [title, files] as const,
      )
      expect(failure).toBe('')
    })
  },
)

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
