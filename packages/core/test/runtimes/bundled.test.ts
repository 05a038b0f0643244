import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build, type Rolldown } from 'vite'
import { afterAll, expect, test } from 'vitest'

const entry = fileURLToPath(new URL('../../dist/index.js', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'gaesup-bundled-'))
afterAll(() => rmSync(folder, { recursive: true }))

test('Vite bundles the manager as it comes, its worker in one file, and the page loads less than 25 kB', async () => {
  const page = join(folder, 'page.js')
  writeFileSync(page, `export { ContainerManager } from ${JSON.stringify(entry)}\n`)
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
  const output = [result].flat().flatMap((one) => one.output)
  expect(output.filter(({ fileName }) => /worker.*\.js$/.test(fileName))).not.toEqual([])
  const chunks = new Map(
    output.filter((one) => one.type === 'chunk').map((one) => [one.fileName, one]),
  )
  const bytes = [...loadedAtOnce(chunks)].reduce((sum, { code }) => sum + gzipSync(code).length, 0)
  console.log(`ContainerManager in a page: ${(bytes / 1000).toFixed(1)} kB gzip`)
  expect(bytes).toBeLessThan(25_000)
})

function loadedAtOnce(
  chunks: ReadonlyMap<string, Rolldown.OutputChunk>,
): Set<Rolldown.OutputChunk> {
  const seen = new Set<Rolldown.OutputChunk>()
  const follow = (chunk: Rolldown.OutputChunk | undefined): void => {
    if (chunk === undefined || seen.has(chunk)) return
    seen.add(chunk)
    for (const name of chunk.imports) follow(chunks.get(name))
  }
  follow([...chunks.values()].find(({ isEntry, name }) => isEntry && name === 'page'))
  return seen
}
