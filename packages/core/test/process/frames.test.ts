import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  decodeHeaded,
  decodeList,
  encodeFrame,
  encodeHeaded,
  encodeList,
  FrameReader,
  ProtocolError,
  type Frame,
} from '../../src/process/frames.ts'

const anyBytes = fc.uint8Array({ maxLength: 300 })

describe('frames', () => {
  it('come out as they went in, however the stream is cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 255 }), anyBytes)),
        fc.integer({ min: 1, max: 50 }),
        (frames, step) => {
          const stream = Buffer.concat(frames.map(([type, payload]) => encodeFrame(type, payload)))
          const reader = new FrameReader(() => 1000)
          const found: Frame[] = []
          for (let at = 0; at < stream.length; at += step)
            for (const { type, payload } of reader.push(stream.subarray(at, at + step)))
              found.push({ type, payload: payload.slice() })
          expect(found.map(({ type, payload }) => [type, [...payload]])).toEqual(
            frames.map(([type, payload]) => [type, [...payload]]),
          )
        },
      ),
    )
  })

  it('are refused by their head alone when they are too long or of no known type', () => {
    const reader = (): FrameReader => new FrameReader((type) => (type === 1 ? 10 : undefined))
    expect(() => [...reader().push(encodeFrame(1, new Uint8Array(11)).subarray(0, 5))]).toThrow(
      ProtocolError,
    )
    expect(() => [...reader().push(encodeFrame(9).subarray(0, 5))]).toThrow(ProtocolError)
    expect([...reader().push(encodeFrame(1, new Uint8Array(10)))]).toHaveLength(1)
  })
})

describe('payloads', () => {
  it('give back lists and headed bodies', () => {
    fc.assert(
      fc.property(fc.array(anyBytes), fc.jsonValue(), anyBytes, (items, head, body) => {
        expect(decodeList(encodeList(items)).map((item) => [...item])).toEqual(
          items.map((item) => [...item]),
        )
        const read = decodeHeaded(encodeHeaded(head, body))
        expect(JSON.stringify(read.head)).toBe(JSON.stringify(head))
        expect([...read.body]).toEqual([...body])
      }),
    )
  })

  it('that are cut short or made up are protocol errors, never anything else', () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        for (const read of [() => decodeList(bytes), () => decodeHeaded(bytes)]) {
          try {
            read()
          } catch (error) {
            expect(error).toBeInstanceOf(ProtocolError)
          }
        }
      }),
    )
  })
})
