import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build, type Rolldown } from 'vite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { chromiumIsAbsent, launchChromium } from '../both/chromium.ts'

const entry = fileURLToPath(new URL('../../dist/index.js', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'gaesup-bundled-'))
afterAll(() => rmSync(folder, { recursive: true }))
let output: (Rolldown.OutputChunk | Rolldown.OutputAsset)[] = []

beforeAll(async () => {
  const page = join(folder, 'page.js')
  writeFileSync(
    page,
    `import { ContainerManager } from ${JSON.stringify(entry)}
globalThis.ContainerManager = ContainerManager
export { ContainerManager }\n`,
  )
  const result = await build({
    root: folder,
    configFile: false,
    logLevel: 'error',
    build: {
      write: false,
      minify: true,
      rollupOptions: { input: page, external: /^node:/, preserveEntrySignatures: 'strict' },
    },
  })
  if ('on' in result) throw new Error('it watches')
  output = [result].flat().flatMap((one) => one.output)
}, 60_000)

test('Vite bundles the manager as it comes, its workers in one file each, and the page loads less than 25 kB', () => {
  const names = output.map(({ fileName }) => fileName)
  expect(names).toContainEqual(expect.stringMatching(/\/worker-[^/]*\.js$/))
  expect(names).toContainEqual(expect.stringMatching(/\/web-worker-[^/]*\.js$/))
  expect(names).toContainEqual(expect.stringMatching(/\/quickjs-[^/]*\.wasm$/))
  const bytes = [...loadedAtOnce()].reduce((sum, { code }) => sum + gzipSync(code).length, 0)
  console.log(`ContainerManager in a page: ${(bytes / 1000).toFixed(1)} kB gzip`)
  expect(bytes).toBeLessThan(25_000)
})

const script = `
let total: number = 0
export const add = ({ by }: { by: number }): number => (total += by)
export function spin(): never { for (;;); }
`

test.skipIf(chromiumIsAbsent).each(['in-thread', 'worker'])(
  'a page of that bundle compiles TypeScript and runs it %s, with its limits; what compiles it is loaded by then',
  { timeout: 60_000 },
  async (execution) => {
    const browser = await launchChromium()
    try {
      const page = await browser.newPage()
      const asked: string[] = []
      await page.route('**/*', (route) => {
        const path = new URL(route.request().url()).pathname.slice(1)
        asked.push(path)
        const found = output.find(({ fileName }) => fileName === path)
        if (found === undefined)
          return route.fulfill({ contentType: 'text/html', body: '<!doctype html>' })
        const contentType = path.endsWith('.js') ? 'text/javascript' : 'application/wasm'
        const body = Buffer.from(found.type === 'chunk' ? found.code : found.source)
        return route.fulfill({ contentType, body })
      })
      await page.goto('https://containers.test/')
      const main = output.find((one) => one.type === 'chunk' && one.isEntry && one.name === 'page')
      await page.addScriptTag({ type: 'module', url: `/${main?.fileName}` })
      await page.waitForFunction('"ContainerManager" in globalThis')
      expect(asked.filter((path) => /quickjs|web-worker/.test(path))).toEqual([])
      const told = await page.evaluate(`(async () => {
        const manager = new ContainerManager()
        const script = { source: ${JSON.stringify(script)} }
        const container = await manager.run(script, { execution: '${execution}', maxCpuTime: 500 })
        const sum = await container.call('add', { by: 2 })
        const stopped = await container.call('spin').catch(({ code }) => code)
        return [container.execution, sum, stopped]
      })()`)
      expect(told).toEqual([execution, 2, 'TIME_LIMIT'])
    } finally {
      await browser.close()
    }
  },
)

function loadedAtOnce(): Set<Rolldown.OutputChunk> {
  const chunks = new Map(
    output.filter((one) => one.type === 'chunk').map((one) => [one.fileName, one]),
  )
  const seen = new Set<Rolldown.OutputChunk>()
  const follow = (chunk: Rolldown.OutputChunk | undefined): void => {
    if (chunk === undefined || seen.has(chunk)) return
    seen.add(chunk)
    for (const name of chunk.imports) follow(chunks.get(name))
  }
  follow([...chunks.values()].find(({ isEntry, name }) => isEntry && name === 'page'))
  return seen
}
