// Writes numbers into a state store as fast as it can and says which of them resolved, until it is killed.
import { openStateStore } from '../../src/store/index.ts'

const store = await openStateStore({ file: process.argv[2] ?? '' })
const last = (await store.load('n')).get('n')
const padding = 'x'.repeat(60_000)
for (let n = typeof last === 'number' ? last + 1 : 1; ; n += 1) {
  // Both or neither; the second makes the file grow until it is rewritten.
  await store.save(
    new Map<string, unknown>([
      ['n', n],
      ['twin', { n, padding }],
    ]),
  )
  process.send?.(n)
}
