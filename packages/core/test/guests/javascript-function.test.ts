import { describe, expect, it } from 'vitest'
import {
  JavaScriptFunctionError,
  openJavaScriptFunction,
  type JavaScriptFunctionOptions,
} from '../../src/guests/javascript/function.ts'
import { freshFiles } from './run-guest.ts'

const written: string[] = []
const options: JavaScriptFunctionOptions = {
  files: freshFiles(),
  env: { KEY: 'value' },
  cwd: '/',
  memoryLimitBytes: 33_554_432,
  now: Date.now,
  write: (_stream, bytes) => void written.push(new TextDecoder().decode(bytes)),
}

const call = async (
  code: string,
  body = '{"n":2}',
  more: Partial<JavaScriptFunctionOptions> = {},
) => {
  const opened = await openJavaScriptFunction(code, { ...options, ...more })
  try {
    const answer = await opened.invoke({
      method: 'POST',
      path: '/p?q=1',
      headers: { host: 'h', 'x-in': 'y' },
      body: new TextEncoder().encode(body),
    })
    return answer.ok
      ? {
          status: answer.status,
          headers: { ...answer.headers },
          body: new TextDecoder().decode(answer.body),
        }
      : answer
  } finally {
    opened.close()
  }
}

describe('openJavaScriptFunction', () => {
  it.each([
    [
      'export default (event, context) => ({ twice: event.n * 2, method: context.request.method })',
      200,
      '{"twice":4,"method":"POST"}',
    ],
    ['export async function handler(event) { await 1; return event }', 200, '{"n":2}'],
    ['module.exports = (e, c) => ({ statusCode: 201, body: c.request.path })', 201, '/p?q=1'],
    [
      'exports.handler = async () => ({ status: 404, headers: { "X-A": 1 }, body: { no: true } })',
      404,
      '{"no":true}',
    ],
    [
      'export default { fetch: async (r) => new Response(r.url + await r.text() + r.headers.get("x-in"), { status: 202 }) }',
      202,
      'http://h/p?q=1{"n":2}y',
    ],
    ['export default { fetch: () => Response.json([1]) }', 200, '[1]'],
    ['export default () => "text"', 200, '"text"'],
    ['export default () => {}', 200, 'null'],
    ['export default () => ({ statusCode: 200, body: "aGk=", isBase64Encoded: true })', 200, 'hi'],
    ['export default () => new TextEncoder().encode("raw")', 200, 'raw'],
    ['export default () => process.env.KEY', 200, '"value"'],
    ['import { join } from "node:path"; export default () => join("a", "b")', 200, '"a/b"'],
  ])('answers %s', async (code, status, body) => {
    expect(await call(code)).toMatchObject({ status, body })
  })

  it('gives text that is no JSON as text, and {} for no body', async () => {
    expect(await call('export default (e) => typeof e', 'plain')).toMatchObject({
      body: '"string"',
    })
    expect(await call('export default (e) => e', '')).toMatchObject({ body: '{}' })
  })

  it('strips the types of TypeScript', async () => {
    expect(
      await call('export default (e: { n: number }): number => e.n', '{"n":3}', {
        typescript: true,
      }),
    ).toMatchObject({ body: '3' })
  })

  it('keeps its state between requests and passes its output on', async () => {
    const counter = await openJavaScriptFunction(
      'let n = 0; export default () => { console.log("call", ++n); return n }',
      options,
    )
    for (const expected of ['1', '2', '3']) {
      const answer = await counter.invoke({ method: 'GET', path: '/', headers: {} })
      expect(answer.ok && new TextDecoder().decode(answer.body)).toBe(expected)
    }
    expect(written.slice(-3)).toEqual(['call 1\n', 'call 2\n', 'call 3\n'])
    expect(counter.memoryBytes()).toBeLessThanOrEqual(options.memoryLimitBytes)
    counter.close()
  })

  it('answers errors with the stack and the line of the code, and lives on', async () => {
    const opened = await openJavaScriptFunction(
      '\nexport default (e) => {\n  if (e.bad) null.x\n  return 1\n}',
      options,
    )
    const bad = await opened.invoke({
      method: 'GET',
      path: '/',
      headers: {},
      body: new TextEncoder().encode('{"bad":1}'),
    })
    expect(bad).toMatchObject({ ok: false, message: expect.stringContaining('/function.js:3:') })
    expect(await opened.invoke({ method: 'GET', path: '/', headers: {} })).toMatchObject({
      ok: true,
    })
    opened.close()
  })

  it.each([
    ['let x = ;', 'SyntaxError'],
    ['throw new Error("while loading")', 'while loading'],
    ['export const a = 1', 'exports no handler'],
    ['import "nope"; export default () => 1', "Cannot find package 'nope'"],
  ])('refuses to load %s', async (code, message) => {
    await expect(openJavaScriptFunction(code, options)).rejects.toThrow(JavaScriptFunctionError)
    await expect(openJavaScriptFunction(code, options)).rejects.toThrow(message)
  })

  it.each([
    ['export default () => ({ statusCode: 99 })', 'must be 200 to 599'],
    ['export default () => ({ statusCode: 200, headers: { "a\\r\\nb": "c" } })', 'invalid name'],
    [
      'export default () => ({ statusCode: 200, headers: { a: "b\\r\\nSet-Cookie: c" } })',
      'invalid value',
    ],
    ['export default () => ({ statusCode: 200, body: new Uint8Array(9e6) })', 'are allowed'],
    ['export default () => { const a = {}; a.a = a; return a }', 'circular'],
    ['export default () => new Promise(() => {})', 'never answers'],
  ])('answers %s with an error', async (code, message) => {
    expect(await call(code)).toMatchObject({ ok: false, message: expect.stringContaining(message) })
  })

  it('takes a header named __proto__ as a name like any other', async () => {
    expect(
      await call('export default () => ({ statusCode: 200, headers: { ["__proto__"]: "x" } })'),
    ).toMatchObject({ status: 200 })
    expect(({} as Record<string, unknown>)['x']).toBeUndefined()
  })

  it('names the limit that ended it', async () => {
    expect(
      await call('export default () => { const a = []; for (;;) a.push(new Uint8Array(1e6)) }'),
    ).toMatchObject({ ok: false, limit: 'memory' })
    const end = Date.now() + 200
    expect(
      await call('export default () => { for (;;); }', '', { interrupt: () => Date.now() > end }),
    ).toMatchObject({ ok: false, limit: 'time', ended: true })
    expect(await call('export default () => process.exit(0)')).toMatchObject({
      ok: false,
      ended: true,
    })
  })

  it('takes TypeScript by its syntax and says where it cannot be stripped', async () => {
    const typed = 'interface E { n: number }\nexport default (event: E): number => event.n + 1'
    expect(await call(typed)).toMatchObject({ status: 200, body: '3' })
    expect(await call(typed, '{"n":2}', { typescript: true })).toMatchObject({ body: '3' })
    const refused = await openJavaScriptFunction(
      'export default () => 1\n  enum Color { red }',
      options,
    ).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(JavaScriptFunctionError)
    expect(refused).toMatchObject({
      message: expect.stringMatching(
        /^SyntaxError \[ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX\]: TypeScript enum .*\n {4}at \/function\.js:2:3$/,
      ),
    })
    await expect(openJavaScriptFunction('export default (', options)).rejects.toMatchObject({
      message: expect.stringContaining('SyntaxError: '),
    })
  })

  it('rejects what it fetches with the reason', async () => {
    const code = `export default async () => {
      try { await fetch('http://169.254.169.254/latest') }
      catch ({ name, message, cause }) { return [name, message, cause.code, cause.message] }
    }`
    const answer = await call(code)
    expect(JSON.parse('body' in answer ? answer.body : '')).toEqual([
      'TypeError',
      'fetch failed',
      'ENETUNREACH',
      'connect ENETUNREACH 169.254.169.254:80: the network is off in this sandbox',
    ])
  })
})
