import { expect, test } from 'vitest'
import { createPooledRandom } from '../../src/abi/pooled-random.ts'

/** Counts up, so that a byte which is given twice or left out is seen. */
function counting(): { random: (into: Uint8Array) => void; asked: number[] } {
  let next = 0
  const asked: number[] = []
  return {
    asked,
    random(into) {
      asked.push(into.length)
      for (let at = 0; at < into.length; at += 1) into[at] = next = (next % 255) + 1
    },
  }
}

test('gives no byte twice and none that was not drawn, whatever the sizes', () => {
  const { random, asked } = counting()
  const draw = createPooledRandom(random)
  const seen = new Set<number>()
  for (let n = 0; n < 255; n += 1) {
    const into = new Uint8Array(1)
    draw(into)
    seen.add(into[0] ?? 0)
  }
  expect(seen.size).toBe(255)
  expect(seen.has(0)).toBe(false)
  expect(asked).toEqual([1024])
  for (const size of [0, 3, 7, 256, 257, 1024, 70_000, 5, 250, 250, 250, 250, 250]) {
    const into = new Uint8Array(size)
    draw(into)
    expect(into.includes(0)).toBe(false)
  }
})

test('a source that fails gives nothing, and is asked again', () => {
  let isBroken = true
  const draw = createPooledRandom((into) => {
    if (isBroken) throw new Error('no entropy')
    into.fill(9)
  })
  expect(() => draw(new Uint8Array(8))).toThrow('no entropy')
  isBroken = false
  const into = new Uint8Array(8)
  draw(into)
  expect([...into]).toEqual([9, 9, 9, 9, 9, 9, 9, 9])
})
