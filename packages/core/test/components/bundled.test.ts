import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { build, type Rolldown } from 'vite'
import { expect, test } from 'vitest'
import { chromiumIsAbsent, launchChromium } from '../both/chromium.ts'
import { assemble } from './build.ts'
import { library } from './texts.ts'

const entry = fileURLToPath(new URL('../../dist/index.js', import.meta.url))
const transpiler = createRequire(import.meta.url)
  .resolve('@bytecodealliance/jco-transpile/component')
  .replace(/[^/]*$/, '')

test.skipIf(chromiumIsAbsent)(
  'a page that Vite bundled runs a component; the script that takes it apart is found, and loaded by then',
  { timeout: 180_000 },
  async () => {
    const output = await bundle()
    const browser = await launchChromium()
    try {
      const asked: string[] = []
      const page = await open(browser, output, asked)
      expect(asked.filter((path) => /jco|worker/.test(path))).toEqual([])
      const told = await page.evaluate(`(async () => {
        const bytes = new Uint8Array(await (await fetch('/component.wasm')).arrayBuffer())
        const manager = new ContainerManager({ components: { transpiler: '/jco/' } })
        const container = await manager.run(bytes)
        return container.call('greet', ['page'])
      })()`)
      expect(told).toBe('hello page')
      expect(asked.filter((path) => path.includes('worker'))).toHaveLength(1)
    } finally {
      await browser.close()
    }
  },
)

type Output = readonly (Rolldown.OutputChunk | Rolldown.OutputAsset)[]

async function bundle(): Promise<Output> {
  const folder = mkdtempSync(join(tmpdir(), 'gaesup-components-'))
  try {
    const page = join(folder, 'page.js')
    writeFileSync(
      page,
      `import { ContainerManager } from ${JSON.stringify(entry)}
globalThis.ContainerManager = ContainerManager\n`,
    )
    const result = await build({
      root: folder,
      configFile: false,
      logLevel: 'error',
      build: { write: false, rollupOptions: { input: page, external: /^node:/ } },
    })
    if ('on' in result) throw new Error('it watches')
    return [result].flat().flatMap((one) => one.output)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function open(browser: Browser, output: Output, asked: string[]): Promise<Page> {
  const page = await browser.newPage()
  const component = Buffer.from(await assemble(library))
  await page.route('**/*', (route) => {
    const path = new URL(route.request().url()).pathname.slice(1)
    asked.push(path)
    if (path.startsWith('jco/'))
      return route.fulfill({ path: `${transpiler}${path.slice('jco/'.length)}` })
    if (path === 'component.wasm') return route.fulfill({ body: component })
    const found = output.find(({ fileName }) => fileName === path)
    if (found === undefined)
      return route.fulfill({ contentType: 'text/html', body: '<!doctype html>' })
    const body = Buffer.from(found.type === 'chunk' ? found.code : found.source)
    return route.fulfill({
      contentType: path.endsWith('.js') ? 'text/javascript' : 'application/wasm',
      body,
    })
  })
  await page.goto('https://containers.test/')
  const main = output.find((one) => one.type === 'chunk' && one.isEntry && one.name === 'page')
  await page.addScriptTag({ type: 'module', url: `/${main?.fileName}` })
  await page.waitForFunction('"ContainerManager" in globalThis')
  return page
}
