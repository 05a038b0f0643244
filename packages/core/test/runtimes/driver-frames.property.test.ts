import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DriverProtocolError, SaidReader, type Said } from '../../src/runtimes/native/frames.ts'
import { maxArguments } from '../../src/runtimes/native/wire.ts'

const seed = 20_261_121
const maxPages = 2
const most = 2n ** 64n - 1n

/** Mostly what a driver says, with numbers that it would not. */
const head = fc
  .record({
    number: fc.oneof(fc.integer({ min: 0, max: 9 }), fc.nat()),
    pages: fc.oneof(fc.nat(3), fc.nat()),
    b: fc.oneof(fc.bigInt({ min: 0n, max: 40n }), fc.bigInt({ min: 0n, max: most })),
    c: fc.oneof(fc.bigInt({ min: 0n, max: 20n }), fc.bigInt({ min: 0n, max: most })),
    behind: fc.uint8Array({ maxLength: 48 }),
  })
  .map(({ number, pages, b, c, behind }) => {
    const bytes = new Uint8Array(24 + behind.length)
    const view = new DataView(bytes.buffer)
    view.setUint32(0, number, true)
    view.setUint32(4, pages, true)
    view.setBigUint64(8, b, true)
    view.setBigUint64(16, c, true)
    bytes.set(behind, 24)
    return bytes
  })
const stream = fc
  .array(fc.oneof({ weight: 4, arbitrary: head }, fc.uint8Array({ maxLength: 60 })), {
    maxLength: 8,
  })
  .map((parts) => new Uint8Array(parts.flatMap((part) => [...part])))

/** What is understood before the end, or before what no driver says. */
function read(chunks: readonly Uint8Array[]): { said: Said[]; isRefused: boolean } {
  const reader = new SaidReader(maxPages)
  const said: Said[] = []
  try {
    for (const chunk of chunks) said.push(...collected(reader, chunk, said))
    return { said, isRefused: false }
  } catch (error) {
    expect(error).toBeInstanceOf(DriverProtocolError)
    expect(reader.rest().length).toBeLessThanOrEqual(
      chunks.reduce((sum, { length }) => sum + length, 0),
    )
    return { said, isRefused: true }
  }
}

/** What one chunk brings, also where it ends in what is refused. */
function collected(reader: SaidReader, chunk: Uint8Array, into: Said[]): Said[] {
  for (const one of reader.push(chunk)) into.push(one)
  return []
}

test('whatever an engine writes, and however it is cut, is understood or refused in the same way', () => {
  fc.assert(
    fc.property(stream, fc.array(fc.nat(200), { maxLength: 12 }), (bytes, cuts) => {
      const at = [
        0,
        ...cuts.map((one) => one % (bytes.length + 1)).toSorted((a, b) => a - b),
        bytes.length,
      ]
      const pieces = at.slice(1).map((end, n) => bytes.subarray(at[n], end))
      const whole = read([bytes])
      const cut = read(pieces)
      for (const { pages, bytes: sent, number } of cut.said) {
        expect(pages).toBeLessThanOrEqual(maxPages)
        expect(sent.length).toBeLessThanOrEqual(number === 5 ? maxArguments * 8 : maxPages * 65_536)
      }
      expect(cut).toEqual(whole)
    }),
    { numRuns: 3000, seed },
  )
})
