import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'

const root = new URL('../', import.meta.url)

test('the README shows the example as it is, in at most 80 lines', async () => {
  const readme = await readFile(new URL('README.md', root), 'utf8')
  const example = await readFile(new URL('examples/quick-start.ts', root), 'utf8')
  expect(readme).toContain(`\`\`\`ts\n${example}\`\`\``)
  expect(readme.trimEnd().split('\n').length).toBeLessThanOrEqual(80)
})

test.skipIf(!existsSync(new URL('dist/index.js', root)))(
  'the example runs on the built package',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'console-api-'))
    const example = fileURLToPath(new URL('examples/quick-start.ts', root))
    onTestFinished(() => rm(folder, { recursive: true }))
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [example], {
      cwd: folder,
    })
    expect(stderr).toBe('')
    expect(stdout).toBe('success { test: true }\n')
  },
)
