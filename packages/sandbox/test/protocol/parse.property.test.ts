import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  formatError,
  formatNotification,
  formatRequest,
  formatResult,
  fromBase64,
  isBase64,
  parseCommand,
  parseIncoming,
  parseParams,
  parseServerMessages,
  toBase64,
} from '../../src/protocol/index.ts'

const id = fc.oneof(
  fc.string(),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constant(null),
)

test('any text is read without an exception', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      parseIncoming(text)
      parseServerMessages(text)
    }),
  )
})

test('any damage to a request is read without an exception', () => {
  const request =
    '{"jsonrpc":"2.0","id":"a\\"b","method":"session.execute","params":{"command":{"args":["x",{"y":[]}]}}}'
  fc.assert(
    fc.property(
      fc.nat(request.length),
      fc.nat(request.length),
      fc.constantFrom('', '"', '\\', '{', ']', ',', ':', '\u0000'),
      (a, b, put) => {
        const text = request.slice(0, Math.min(a, b)) + put + request.slice(Math.max(a, b))
        const incoming = parseIncoming(text)
        let valid = true
        try {
          JSON.parse(text)
        } catch {
          valid = false
        }
        if (!valid)
          expect(incoming).toMatchObject({
            item: { kind: 'fault', code: 'PARSE_ERROR', id: 'null' },
          })
      },
    ),
    { numRuns: 2000 },
  )
})

test('any JSON value is read without an exception, and faults never carry an id that was not sent', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const incoming = parseIncoming(JSON.stringify(value))
      const items = incoming.kind === 'single' ? [incoming.item] : incoming.items
      for (const item of items)
        expect(['fault', 'stray', 'request', 'notification']).toContain(item.kind)
    }),
  )
})

const spelled = fc.record({
  sent: id,
  method: fc.string(),
  params: fc.dictionary(fc.string(), fc.jsonValue()),
  indent: fc.constantFrom(0, 1, 4),
  inBatch: fc.boolean(),
})

test('id, method and params survive any spelling of the message', () => {
  fc.assert(
    fc.property(spelled, ({ sent, method, params, indent, inBatch }) => {
      fc.pre(!Object.hasOwn(params, '__proto__'))
      const request = { params, id: sent, jsonrpc: '2.0', method, extra: { id: 'no', params: [] } }
      const text = JSON.stringify(inBatch ? [0, request] : request, null, indent)
      const incoming = parseIncoming(text, { maxLength: 1e6, maxDepth: 1000, maxBatch: 9 })
      const item = incoming.kind === 'batch' ? incoming.items[1] : incoming.item
      expect(item).toMatchObject({ kind: 'request', id: JSON.stringify(sent), method })
      if (item?.kind !== 'request') return
      expect(JSON.parse(item.rawParams ?? '')).toEqual(JSON.parse(JSON.stringify(params)))
    }),
  )
})

test('what is formatted is parsed back to the same', () => {
  fc.assert(
    fc.property(fc.integer(), fc.jsonValue(), fc.string(), (number, value, text) => {
      const plain = JSON.parse(JSON.stringify(value)) as unknown
      expect(parseServerMessages(formatResult(String(number), value))).toEqual([
        { kind: 'result', id: number, result: plain },
      ])
      expect(
        parseServerMessages(formatError(JSON.stringify(text), { code: 'LIMIT', message: text })),
      ).toEqual([
        {
          kind: 'error',
          id: text,
          error: { code: -32003, message: text, data: { code: 'LIMIT' } },
        },
      ])
      expect(parseServerMessages(formatNotification(text, { value: plain }))).toEqual([
        { kind: 'notification', method: text, params: { value: plain } },
      ])
      expect(parseIncoming(formatRequest(number, text, { value }))).toMatchObject({
        item: { kind: 'request', id: String(number), method: text },
      })
    }),
  )
})

test('any bytes survive base64', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const text = toBase64(bytes)
      expect(isBase64(text)).toBe(true)
      expect(text).toBe(Buffer.from(bytes).toString('base64'))
      expect(fromBase64(text)).toEqual(bytes)
    }),
  )
})

test('any value is judged as parameters and as a command without an exception', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.dictionary(fc.string(), fc.jsonValue()), fc.array(fc.jsonValue())),
      fc.jsonValue(),
      (params, command) => {
        for (const method of [
          'session.create',
          'session.execute',
          'session.list',
          '$/cancelRequest',
          'initialize',
        ] as const)
          parseParams(method, params as Record<string, unknown>)
        parseCommand(command)
      },
    ),
  )
})
