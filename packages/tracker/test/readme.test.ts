import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { docker, engineAbsent, image, socketPath, uniqueName } from './docker/engine.ts'

const root = new URL('../', import.meta.url)
const run = promisify(execFile)
const execute = (file: string, env: Readonly<Record<string, string>> = {}) =>
  run(process.execPath, [fileURLToPath(new URL(file, root))], {
    cwd: fileURLToPath(root),
    env: { ...process.env, ...env },
  })

describe('the README', () => {
  it('shows the example file as it is, in 80 lines at most', async () => {
    const readme = await readFile(new URL('README.md', root), 'utf8')
    const example = await readFile(new URL('examples/track-docker.ts', root), 'utf8')
    expect(readme).toContain(example.trim())
    expect(readme.trimEnd().split('\n').length).toBeLessThanOrEqual(80)
    expect(example.trim().split('\n').length).toBeLessThanOrEqual(32)
  })

  it('has a custom source of 20 lines that runs, tracker and all', async () => {
    const example = await readFile(new URL('examples/custom-source.ts', root), 'utf8')
    expect(example.trim().split('\n').length).toBeLessThanOrEqual(20)
    const { stdout } = await execute('examples/custom-source.ts')
    expect(stdout).toContain("status: 'active'")
    expect(stdout).toMatch(/memoryUsage: \d{6,}/)
  })

  it.skipIf(engineAbsent !== '')('has an example that tracks a real Docker engine', async () => {
    const name = uniqueName('readme')
    const example = execute('examples/track-docker.ts', {
      DOCKER_HOST: `unix://${socketPath}`,
      SECONDS: '4',
    })
    await new Promise((resolve) => setTimeout(resolve, 800))
    await docker('run', '-d', '--init', '--name', name, image, 'sleep', '60')
    const { stdout } = await example
    await docker('rm', '-f', name)
    expect(stdout).toContain(`${name}: inactive -> active (running)`)
    expect(stdout).toMatch(new RegExp(`${name} active 0\\.\\d % CPU`))
  })
})
