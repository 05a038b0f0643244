import { describe, expect, test } from 'vitest'
import {
  DEFAULT_PARSE_LIMITS,
  formatError,
  formatResult,
  parseIncoming,
  parseServerMessages,
} from '../../src/protocol/index.ts'

const only = (text: string) => {
  const incoming = parseIncoming(text)
  if (incoming.kind !== 'single') throw new Error('expected a single item')
  return incoming.item
}

describe('ids', () => {
  test.each([
    ['1', '1'],
    ['-0', '-0'],
    ['1.50', '1.50'],
    ['1e3', '1e3'],
    ['12345678901234567890', '12345678901234567890'],
    ['9007199254740993', '9007199254740993'],
    ['"a"', '"a"'],
    ['"\\u0061"', '"\\u0061"'],
    ['"}\\"{"', '"}\\"{"'],
    ['null', 'null'],
    ['  7  ', '7'],
  ])('%s is echoed exactly', (written, echoed) => {
    const item = only(`{"jsonrpc":"2.0","id":${written},"method":"m"}`)
    expect(item).toMatchObject({ kind: 'request', id: echoed })
    expect(formatResult(echoed, 1)).toBe(`{"jsonrpc":"2.0","id":${echoed},"result":1}`)
  })

  test('an id under an escaped key is the id', () => {
    expect(only('{"jsonrpc":"2.0","\\u0069d":12345678901234567890,"method":"m"}')).toMatchObject({
      id: '12345678901234567890',
    })
  })

  test('the last of two ids wins, as in JSON.parse', () => {
    expect(only('{"id":1,"jsonrpc":"2.0","id":2,"method":"m"}')).toMatchObject({ id: '2' })
  })

  test('an id inside params is not the id', () => {
    expect(only('{"jsonrpc":"2.0","params":{"id":9},"method":"m","id":3}')).toMatchObject({
      id: '3',
      rawParams: '{"id":9}',
    })
  })

  test.each(['true', '{}', '[1]'])('%s is no id', (id) => {
    expect(only(`{"jsonrpc":"2.0","id":${id},"method":"m"}`)).toMatchObject({
      kind: 'fault',
      id: 'null',
      code: 'INVALID_REQUEST',
    })
  })

  test('an absent id makes a notification; null does not', () => {
    expect(only('{"jsonrpc":"2.0","method":"m"}').kind).toBe('notification')
    expect(only('{"jsonrpc":"2.0","method":"m","id":null}').kind).toBe('request')
  })
})

describe('what is no request', () => {
  test.each([
    ['{"jsonrpc":"2.0","method":"m",', 'PARSE_ERROR', 'null'],
    ['', 'PARSE_ERROR', 'null'],
    ['1', 'INVALID_REQUEST', 'null'],
    ['"x"', 'INVALID_REQUEST', 'null'],
    ['null', 'INVALID_REQUEST', 'null'],
    ['[]', 'INVALID_REQUEST', 'null'],
    ['{}', 'INVALID_REQUEST', 'null'],
    ['{"jsonrpc":"1.0","method":"m","id":5}', 'INVALID_REQUEST', '5'],
    ['{"method":"m","id":5}', 'INVALID_REQUEST', '5'],
    ['{"jsonrpc":"2.0","method":1,"params":"bar"}', 'INVALID_REQUEST', 'null'],
    ['{"jsonrpc":"2.0","method":"m","params":"bar","id":"q"}', 'INVALID_REQUEST', '"q"'],
    ['{"jsonrpc":"2.0","Method":"m","id":5}', 'INVALID_REQUEST', '5'],
  ])('%s is answered with %s', (text, code, id) => {
    expect(only(text)).toMatchObject({ kind: 'fault', code, id })
  })

  test('an answer is dropped, so that two servers cannot answer each other for ever', () => {
    expect(only('{"jsonrpc":"2.0","id":1,"result":1}').kind).toBe('stray')
    expect(only('{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"x"}}').kind).toBe(
      'stray',
    )
  })
})

describe('batches', () => {
  test('each element is judged alone', () => {
    const incoming = parseIncoming(
      '[1,{"jsonrpc":"2.0","id":12345678901234567890,"method":"a"},[],{"jsonrpc":"2.0","method":"b"}]',
    )
    expect(incoming).toMatchObject({
      kind: 'batch',
      items: [
        { kind: 'fault', id: 'null' },
        { kind: 'request', id: '12345678901234567890' },
        { kind: 'fault', id: 'null' },
        { kind: 'notification', method: 'b' },
      ],
    })
  })

  test('one element too many is refused as a whole', () => {
    const list = (count: number) =>
      `[${Array.from({ length: count }, () => '{"jsonrpc":"2.0","method":"m"}').join(',')}]`
    expect(parseIncoming(list(DEFAULT_PARSE_LIMITS.maxBatch)).kind).toBe('batch')
    expect(only(list(DEFAULT_PARSE_LIMITS.maxBatch + 1))).toMatchObject({
      kind: 'fault',
      code: 'INVALID_REQUEST',
    })
  })
})

describe('hostile text', () => {
  test('ten million opening brackets are refused without being parsed', () => {
    const text = '['.repeat(10_000_000)
    expect(only(text)).toMatchObject({ kind: 'fault', code: 'PARSE_ERROR' })
  })

  test('nesting at the limit is read, one deeper is not', () => {
    const nest = (depth: number) =>
      `{"jsonrpc":"2.0","id":1,"method":"m","params":${'['.repeat(depth)}${']'.repeat(depth)}}`
    expect(only(nest(DEFAULT_PARSE_LIMITS.maxDepth - 1)).kind).toBe('request')
    expect(only(nest(DEFAULT_PARSE_LIMITS.maxDepth))).toMatchObject({
      kind: 'fault',
      code: 'PARSE_ERROR',
    })
  })

  test('brackets inside strings do not count', () => {
    expect(only(`{"jsonrpc":"2.0","id":1,"method":"${'['.repeat(1000)}"}`).kind).toBe('request')
  })

  test('one character over the size is refused', () => {
    const limits = { ...DEFAULT_PARSE_LIMITS, maxLength: 40 }
    expect(parseIncoming('{"jsonrpc":"2.0","id":1,"method":"mmmm"}', limits)).toMatchObject({
      item: { kind: 'request' },
    })
    expect(parseIncoming('{"jsonrpc":"2.0","id":1,"method":"mmmmm"}', limits)).toMatchObject({
      item: { kind: 'fault', code: 'FRAME_TOO_LARGE' },
    })
  })

  test('a million backslashes and quotes are read in linear time', () => {
    const text = `{"jsonrpc":"2.0","id":1,"method":"${'\\\\'.repeat(500_000)}${'\\"'.repeat(500_000)}"}`
    expect(only(text).kind).toBe('request')
  })

  test('__proto__ members change nothing', () => {
    only(
      '{"jsonrpc":"2.0","id":1,"method":"m","params":{"__proto__":{"polluted":true}},"__proto__":{"polluted":true}}',
    )
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })
})

describe('what a server sends', () => {
  test('results, errors, notifications and batches are told apart', () => {
    expect(
      parseServerMessages(
        '[{"jsonrpc":"2.0","id":1,"result":null},{"jsonrpc":"2.0","method":"n","params":{}}]',
      ),
    ).toEqual([
      { kind: 'result', id: 1, result: null },
      { kind: 'notification', method: 'n', params: {} },
    ])
    expect(
      parseServerMessages(
        formatError('2', { code: 'CAPACITY', message: 'full', details: { a: 1 } }),
      ),
    ).toEqual([
      {
        kind: 'error',
        id: 2,
        error: { code: -32009, message: 'full', data: { a: 1, code: 'CAPACITY' } },
      },
    ])
  })

  test.each([
    '{"jsonrpc":"2.0","id":1,"result":1,"error":null}',
    '{"jsonrpc":"2.0","id":1}',
    '{"jsonrpc":"2.0","id":1,"error":{"code":"x","message":"y"}}',
    '{"id":1,"result":1}',
    'hello',
  ])('%s is refused', (text) => {
    expect(parseServerMessages(text)).toBeUndefined()
  })
})
