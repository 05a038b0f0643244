/** Prints the compressed size of what each page downloads, and fails when one is over its budget. */
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

const dist = join(dirname(dirname(fileURLToPath(import.meta.url))), 'dist')
const manifest = JSON.parse(readFileSync(join(dist, '.vite', 'manifest.json'), 'utf8'))

/** Script that each page adds to the first one, kB of gzip. */
const budgets = {
  'index.html': 135,
  'src/pages/workspace/workspace-page.tsx': 20,
  'src/pages/function/function-page.tsx': 26,
  'src/pages/sandbox/sandbox-page.tsx': 22,
  'src/pages/status/status-page.tsx': 5,
  'src/shell/command-palette.tsx': 5,
  'src/pages/sandbox/terminal/xterm.ts': 100,
  'src/editor/monaco.ts': 800,
}

const first = filesOf('index.html')
// The first page needs one dictionary besides its own chunks; count the larger one.
const dictionaries = ['src/i18n/en.ts', 'src/i18n/ko.ts'].map((key) =>
  sum(filesOf(key).difference(first)),
)

let failed = false
for (const [key, budget] of Object.entries(budgets)) {
  const files = key === 'index.html' ? first : filesOf(key).difference(first)
  const size = sum(files) + (key === 'index.html' ? Math.max(...dictionaries) : 0)
  const over = size > budget * 1000
  failed ||= over
  const verdict = over ? 'OVER ' : '  ok '
  process.stdout.write(
    `${verdict}${(size / 1000).toFixed(1).padStart(7)} kB of ${String(budget).padStart(3)} kB gzip  ${key}\n`,
  )
}
if (failed) process.exit(1)

/** The chunk of a module with everything it imports at once. */
function filesOf(key, found = new Set()) {
  const chunk = manifest[key]
  if (chunk === undefined)
    throw new Error(`dist has no chunk for ${key}; the budgets in scripts/size.mjs name it.`)
  if (found.has(chunk.file)) return found
  found.add(chunk.file)
  for (const imported of chunk.imports ?? []) filesOf(imported, found)
  return found
}

function sum(files) {
  let bytes = 0
  for (const file of files)
    if (file.endsWith('.js')) bytes += gzipSync(readFileSync(join(dist, file)), { level: 9 }).length
  return bytes
}
