import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const program = fileURLToPath(new URL('engines/forgetful.ts', import.meta.url))

test.each(['in-thread', 'worker', 'process', 'native'])(
  'a program that forgets to stop its container ends all the same: %s',
  async (place) => {
    const options = { timeout: 20_000, killSignal: 'SIGKILL' } as const
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--no-warnings', program, place],
      options,
    )
    expect(stdout).toBe('2')
  },
)
