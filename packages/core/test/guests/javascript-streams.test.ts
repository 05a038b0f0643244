import { describe, expect, it } from 'vitest'
import { runJavaScript } from '../../src/guests/javascript/run.ts'
import { runGuest } from './run-guest.ts'

const node = (args: readonly string[]) => runGuest(runJavaScript, ['node', ...args])

describe('streams', () => {
  it('gives all that was written to a stream that ended', async () => {
    const code = `const { Transform } = require('stream')
      const twice = new Transform({ objectMode: true, transform(n, _, done) { done(null, n * 2) } })
      for (const n of [1, 2, 3]) twice.write(n)
      twice.end()
      for await (const n of twice) console.log(n)`
    expect((await node(['-e', code])).stdout).toBe('2\n4\n6\n')
  })

  it.each([
    ['take(2).toArray()', '[ 1, 2 ]'],
    ['drop(1).toArray()', '[ 2, 3 ]'],
    ['reduce((a, b) => a + b)', '6'],
    ['flatMap((n) => [n, n]).toArray()', '[ 1, 1, 2, 2, 3, 3 ]'],
    ['find((n) => n > 1)', '2'],
    ['some((n) => n > 2)', 'true'],
    ['every((n) => n > 2)', 'false'],
  ])('works on streams by %s', async (call, expected) => {
    const code = `const { Readable } = require('stream'); console.log(await Readable.from([1, 2, 3]).${call})`
    expect((await node(['-e', code])).stdout).toBe(`${expected}\n`)
  })
})
