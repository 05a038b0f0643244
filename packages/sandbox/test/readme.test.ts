import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const root = new URL('../', import.meta.url)

test('the README shows the example as it is, in at most 80 lines', async () => {
  const readme = await readFile(new URL('README.md', root), 'utf8')
  const example = await readFile(new URL('examples/run-python.ts', root), 'utf8')
  expect(readme).toContain(`\`\`\`ts\n${example}\`\`\``)
  expect(readme.trimEnd().split('\n').length).toBeLessThanOrEqual(80)
})

test.skipIf(!existsSync(new URL('dist/index.js', root)))(
  'the example runs on the built package and prints 20',
  async () => {
    const { stdout, stderr } = await promisify(execFile)(
      process.execPath,
      ['examples/run-python.ts'],
      { cwd: root },
    )
    expect(stderr).toBe('')
    expect(stdout).toBe('0 20\n\n')
  },
)
