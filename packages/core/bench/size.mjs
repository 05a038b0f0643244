// Bundles what a page loads for its first container, as Vite bundles it by default: node bench/size.mjs. Builds nothing: it takes dist/.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'vite'
import { note } from './report/goals.mjs'

const limitBytes = 25_000
const folder = mkdtempSync(join(tmpdir(), 'gaesup-size-'))
const page = join(folder, 'page.js')
const entry = fileURLToPath(new URL('../dist/index.js', import.meta.url))
writeFileSync(page, `export { ContainerManager } from ${JSON.stringify(entry)}\n`)
const { output } = await build({
  root: folder,
  configFile: false,
  logLevel: 'error',
  build: {
    write: false,
    minify: true,
    rollupOptions: { input: page, external: /^node:/, preserveEntrySignatures: 'strict' },
  },
})
rmSync(folder, { recursive: true })
const chunks = new Map(
  output.filter(({ type }) => type === 'chunk').map((chunk) => [chunk.fileName, chunk]),
)
const atOnce = new Set()
const follow = (chunk) => {
  if (chunk === undefined || atOnce.has(chunk)) return
  atOnce.add(chunk)
  for (const name of chunk.imports) follow(chunks.get(name))
}
follow([...chunks.values()].find(({ isEntry, name }) => isEntry && name === 'page'))
const bytes = [...atOnce].reduce((sum, { code }) => sum + gzipSync(code).length, 0)
const figure = `${(bytes / 1000).toFixed(1)} kB gzip`
console.log(`ContainerManager in a page: ${figure}, without what it loads later`)
note({ line: 'browser entry', figure, goal: '< 25 kB', isMet: bytes < limitBytes })
