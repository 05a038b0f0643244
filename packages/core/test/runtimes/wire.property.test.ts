import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodeFrame, encodeHeaded, encodeList, ProtocolError } from '../../src/process/frames.ts'
import { DriverProtocolError, encodeOp, SaidReader } from '../../src/runtimes/native/frames.ts'
import { fromWord, toWord } from '../../src/runtimes/native/words.ts'
import { decodeValue, encodeValue } from '../../src/runtimes/process/codec.ts'
import { decodeReport, encodeReport, reportFrame } from '../../src/runtimes/process/wire.ts'

const leaf = fc.oneof(
  fc.string(),
  fc.double(),
  fc.boolean(),
  fc.bigInt(-(2n ** 63n), 2n ** 64n - 1n),
  fc.constantFrom(null, undefined, Infinity, -Infinity, NaN, { $: 1 }, { $: 'undefined' }),
  fc.uint8Array(),
)
const { tree: value } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(fc.constant('$'), fc.string()), tie('tree'), { maxKeys: 4 }),
  ),
}))

describe('what crosses to a locked process', () => {
  test('arrives as it was sent', () => {
    fc.assert(
      fc.property(value, (sent) => {
        const { head, items } = encodeValue(sent)
        const arrived = decodeValue({ head: JSON.parse(JSON.stringify(head)) as unknown, items })
        expect(arrived).toEqual(zeroless(sent))
      }),
    )
  })

  test('is plain data and no deeper than 1,000', () => {
    const deep = Array.from({ length: 2000 }).reduce<unknown>((inner) => [inner], 1)
    for (const one of [deep, () => 1, Symbol('x'), new Map(), new Date(), 2n ** 64n])
      expect(() => encodeValue(one)).toThrow(TypeError)
  })

  test('and comes back as bytes of any kind is a report or refused', () => {
    const json = fc.jsonValue()
    fc.assert(
      fc.property(json, fc.array(fc.uint8Array(), { maxLength: 3 }), (head, items) => {
        const [frame] = framesOf(encodeFrame(reportFrame, encodeHeaded(head, encodeList(items))))
        expectRefused(() => decodeReport(frame), ProtocolError)
      }),
    )
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expectRefused(() => decodeReport({ type: reportFrame, payload: bytes }), ProtocolError)
      }),
    )
  })

  test('comes back whole when it is a report', () => {
    const report = { kind: 'log', level: 1, text: 'ü' } as const
    const [frame] = framesOf(encodeReport(report))
    expect(decodeReport(frame)).toEqual(report)
  })
})

describe('what an engine says', () => {
  test('is read however it is cut, and anything else is refused', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 80 }), { maxLength: 8 }), (chunks) => {
        const reader = new SaidReader(2)
        expectRefused(() => {
          for (const chunk of chunks)
            for (const said of reader.push(chunk)) expect(said.pages).toBeLessThanOrEqual(2)
        }, DriverProtocolError)
      }),
    )
  })

  test('is the same in pieces of any length', () => {
    // An answer has the same shape as an instruction: number, pages, b, c.
    const answer = encodeOp('call', { a: 1, b: 7n, c: 9n })
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 23 }), (size) => {
        const reader = new SaidReader(2)
        const said = Array.from({ length: Math.ceil(24 / size) }, (_, n) => [
          ...reader.push(answer.subarray(n * size, (n + 1) * size)),
        ]).flat()
        expect(said).toEqual([{ number: 1, pages: 1, b: 7n, c: 9n, bytes: new Uint8Array() }])
      }),
    )
  })

  test('holds every number of WebAssembly', () => {
    const same = (type: number, number: number | bigint): void => {
      expect(fromWord(toWord(number, type), type)).toBe(number)
    }
    fc.assert(fc.property(fc.integer(), (number) => same(0x7f, number)))
    fc.assert(fc.property(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), (number) => same(0x7e, number)))
    fc.assert(fc.property(fc.float(), (number) => same(0x7d, number)))
    fc.assert(fc.property(fc.double(), (number) => same(0x7c, number)))
  })
})

function framesOf(bytes: Uint8Array): [{ type: number; payload: Uint8Array }] {
  return [{ type: bytes[4] ?? 0, payload: bytes.subarray(5) }]
}

function expectRefused(work: () => unknown, kind: new (message: string) => Error): void {
  try {
    work()
  } catch (error) {
    expect(error).toBeInstanceOf(kind)
  }
}

/** JSON has one zero. */
function zeroless(sent: unknown): unknown {
  if (Object.is(sent, -0)) return 0
  if (Array.isArray(sent)) return sent.map((one) => zeroless(one))
  if (typeof sent !== 'object' || sent === null || sent instanceof Uint8Array) return sent
  return Object.fromEntries(Object.entries(sent).map(([key, one]) => [key, zeroless(one)]))
}
