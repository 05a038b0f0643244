import { expect, test } from 'vitest'
import { ModuleCache } from '../../src/containers/module-cache.ts'

const bytes = Uint8Array.of(0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0)
const plan = { maxPages: 16, meter: undefined }

/** A cache whose transpiler does nothing but tell that it was asked, and when it is to stop. */
function pending(): { cache: ModuleCache; signals: AbortSignal[] } {
  const signals: AbortSignal[] = []
  const cache = new ModuleCache(
    { maxBytes: 1 },
    {
      transpile(_bytes, signal) {
        if (signal !== undefined) signals.push(signal)
        return new Promise((_resolve, reject) =>
          signal?.addEventListener('abort', () => reject(new Error('it was stopped'))),
        )
      },
    },
  )
  return { cache, signals }
}

test('a component that two wait for is taken apart once, and given up when both left', async () => {
  const { cache, signals } = pending()
  const [one, other] = [new AbortController(), new AbortController()]
  const source = { bytes, digest: 'sha256:1' }
  const both = [one, other].map(({ signal }) => cache.prepare(source, plan, signal))
  const [first, second] = both.map((run) => expect(run).rejects.toMatchObject({ code: 'ABORTED' }))
  await expect.poll(() => signals.length).toBe(1)
  one.abort()
  await first
  expect(signals.map(({ aborted }) => aborted)).toEqual([false])
  other.abort()
  await second
  expect(signals.map(({ aborted }) => aborted)).toEqual([true])
})

test('who comes after all left begins anew', async () => {
  const { cache, signals } = pending()
  const source = { bytes, digest: 'sha256:1' }
  const abort = new AbortController()
  const left = expect(cache.prepare(source, plan, abort.signal)).rejects.toThrow('aborted')
  await expect.poll(() => signals.length).toBe(1)
  abort.abort()
  await left
  const again = new AbortController()
  const next = expect(cache.prepare(source, plan, again.signal)).rejects.toThrow('aborted')
  await expect.poll(() => signals.length).toBe(2)
  expect(signals.map(({ aborted }) => aborted)).toEqual([true, false])
  again.abort()
  await next
})
