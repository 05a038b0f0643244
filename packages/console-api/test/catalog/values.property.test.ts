import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseInvocationUrl } from '../../src/catalog/fields.ts'
import { createId } from '../../src/catalog/ids.ts'
import { parseSource } from '../../src/catalog/source.ts'
import { parseIsoTime, toKoreanTime } from '../../src/catalog/time.ts'
import { encodeCode } from '../../src/contract/index.ts'
import { captureBody, createLogCapture } from '../../src/executions/capture.ts'

test('a time survives being shown in Korean time', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4e12 }), (atMs) => {
      expect(parseIsoTime(toKoreanTime(atMs))).toBe(atMs)
    }),
  )
})

test('any text survives being code', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 1 }), (text) => {
      expect(parseSource(encodeCode(text)).text).toBe(text)
    }),
  )
})

test('text is taken for Base64 only if it is exactly what encoding gives', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom(...'ABab01+/=-_ \n'.split('')), maxLength: 8 }),
      (text) => {
        const canonical = Buffer.from(text, 'base64').toString('base64') === text
        if (!canonical)
          expect(() => parseSource(text)).toThrow(
            expect.objectContaining({ code: 'VALIDATION_ERROR' }),
          )
      },
    ),
  )
})

test('a kept body is never longer than the limit and is the head of what was sent', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 4, max: 40 }), (text, limit) => {
      const kept = captureBody(new TextEncoder().encode(text), limit)
      expect(kept === null).toBe(text === '')
      if (kept === null) return
      expect(kept.encoding).toBe('text')
      expect(Buffer.byteLength(kept.value)).toBeLessThanOrEqual(limit)
      expect(text.startsWith(kept.value)).toBe(true)
      expect(kept.truncated).toBe(Buffer.byteLength(text) > limit)
    }),
  )
})

test('kept lines are never longer than the limit, and nothing is kept after the cut', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: 'binary' })),
      fc.integer({ min: 0, max: 60 }),
      (texts, limit) => {
        const capture = createLogCapture(limit)
        for (const text of texts) capture.add({ stream: 'stdout', text, atMs: 0 })
        const bytes = capture.lines.reduce(
          (total, line) => total + Buffer.byteLength(line.text) + 1,
          0,
        )
        expect(bytes).toBeLessThanOrEqual(limit)
        for (const [index, line] of capture.lines.entries())
          expect(texts[index]?.startsWith(line.text)).toBe(true)
        if (!capture.truncated) expect(capture.lines.map((line) => line.text)).toEqual(texts)
      },
    ),
  )
})

test('ids have their length and alphabet whatever the bytes are', () => {
  let next = 0
  const random = (length: number): Uint8Array => Uint8Array.from({ length }, () => next++ % 256)
  for (let index = 0; index < 100; index += 1) {
    expect(createId('ws', random)).toMatch(/^ws-[0-9a-z]{8}$/)
    expect(createId('ex', random)).toMatch(/^ex-[0-9a-z]{16}$/)
  }
})

test.each([
  ['fn.example', 'http://fn.example'],
  ['localhost:3000/run', 'http://localhost:3000/run'],
  ['https://fn.example/run?x=1', 'https://fn.example/run?x=1'],
  [' 10.0.0.1 ', 'http://10.0.0.1'],
])('the address %j becomes %j', (given, complete) => {
  expect(parseInvocationUrl(given)).toBe(complete)
})
