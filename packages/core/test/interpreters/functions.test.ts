import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  createFunctionRunner,
  type FunctionLog,
  type FunctionStarter,
  type RunningFunction,
} from '../../src/interpreters/index.ts'
import { exists } from './engine.ts'

let runner: FunctionStarter
beforeAll(() => {
  runner = createFunctionRunner({ warmMemoryMb: 128 })
})
afterAll(() => runner.close())

const forever = new AbortController().signal
const start = (runtime: string, code: string, memoryMb = 128): Promise<RunningFunction> =>
  runner.start(
    { functionId: 'fn-1', revision: '1', runtime, code, environment: { KEY: 'värde' }, memoryMb },
    forever,
  )

async function call(
  instance: RunningFunction,
  body: string | null = '{"a":1}',
  options: { timeoutMs?: number; signal?: AbortSignal } = {},
) {
  const logs: FunctionLog[] = []
  const request = {
    method: 'POST',
    path: '/p?q=1',
    headers: { 'x-a': 'b' },
    body: body === null ? null : Buffer.from(body),
  }
  const result = await instance.invoke(request, {
    timeoutMs: 10_000,
    signal: forever,
    ...options,
    onLog: (line) => logs.push(line),
  })
  return {
    ...result,
    text: result.ok ? Buffer.from(result.body).toString() : undefined,
    logs: logs.map(({ stream, text }) => `${stream}: ${text}`),
  }
}

const spin = `from spin_sdk.http import IncomingHandler, Request, Response
class IncomingHandler(IncomingHandler):
    def handle_request(self, request: Request) -> Response:
        return Response(201, {"content-type": "text/plain"}, bytes(f"{request.method} {request.uri} {request.headers['x-a']} {request.body}", "utf-8"))`
const spin4 = `from spin_sdk import http, variables
class HttpHandler(http.Handler):
    async def handle_request(self, request):
        return http.Response(200, {}, bytes(variables.get('key'), 'utf-8'))`

describe('a Python function', () => {
  it.each([
    ['def handler(event): return {"got": event}', 200, '{"got": {"a": 1}}'],
    [
      'def handler(event, context): return [context.method, context.path, context.headers["x-a"]]',
      200,
      '["POST", "/p?q=1", "b"]',
    ],
    [
      'import os\ndef handler(event): return {"statusCode": 202, "headers": {"x": "y"}, "body": os.environ["KEY"]}',
      202,
      'värde',
    ],
    [
      'import asyncio\nasync def handler(event):\n    await asyncio.sleep(0.01)\n    return "later"',
      200,
      '"later"',
    ],
    [
      'def handler(event): return {"statusCode": 200, "isBase64Encoded": True, "body": "aGk="}',
      200,
      'hi',
    ],
    ['def handler(event): return b"raw"', 200, 'raw'],
    [spin, 201, `POST /p?q=1 b b'{"a":1}'`],
    [spin4, 200, 'värde'],
  ])('answers: %s', async (code, status, text) => {
    const instance = await start('Python 3.12', code)
    expect(await call(instance)).toMatchObject({ ok: true, status, text })
    expect(await call(instance)).toMatchObject({ ok: true, status, text })
    await instance.close()
    expect(instance.alive).toBe(false)
  })

  it('fails for an answer that JSON cannot say, and answers the next request', async () => {
    const instance = await start(
      'python',
      'def handler(event, c): return float("nan") if c.path == "/p?q=1" else 1',
    )
    expect(await call(instance)).toMatchObject({
      ok: false,
      code: 'FUNCTION_ERROR',
      message: expect.stringContaining('not JSON compliant'),
    })
    expect(instance.alive).toBe(true)
    await instance.close()
  })

  it('keeps its module between calls and sends each line it prints, those of loading first', async () => {
    const instance = await start(
      'python',
      "import sys\nprint('loaded')\nn = 0\ndef handler(event):\n    global n\n    n += 1\n    print('call', n)\n    sys.stderr.write('no newline')\n    return n",
    )
    expect(await call(instance)).toMatchObject({
      text: '1',
      logs: ['stdout: loaded', 'stdout: call 1', 'stderr: no newline'],
    })
    expect(await call(instance)).toMatchObject({
      text: '2',
      logs: ['stdout: call 2', 'stderr: no newline'],
    })
    await instance.close()
  })

  it.each([
    ['def handler(event): return 1 / 0', 'File "app.py", line 1, in handler'],
    ['def handler(event:', "SyntaxError: '(' was never closed"],
    ['import numpy', "ModuleNotFoundError: No module named 'numpy'"],
    ['x = 1', 'there is no handler'],
    ['import sys\ndef handler(event): sys.exit(3)', 'SystemExit: 3'],
    ['def handler(event): return {"statusCode": 99}', 'a status is a whole number from 100 to 599'],
    ['def handler(event): return object()', 'is not JSON serializable'],
  ])('tells the author of %s', async (code, message) => {
    const instance = await start('python', code)
    for (let n = 0; n < 2; n += 1)
      expect(await call(instance)).toMatchObject({
        ok: false,
        code: 'FUNCTION_ERROR',
        message: expect.stringContaining(message),
      })
    expect(((await call(instance)) as { message?: string }).message).not.toContain('<gaesup>')
    expect(instance.alive).toBe(true)
    await instance.close()
  })

  it.each([
    ['TIMEOUT', 'def handler(event):\n    while True: pass', { timeoutMs: 300 }],
    [
      'MEMORY_LIMIT',
      'def handler(event): return len([bytearray(2 ** 20) for _ in range(500)])',
      {},
    ],
    ['OUTPUT_LIMIT', "def handler(event):\n    while True: print('x' * 1000)", {}],
    ['OUTPUT_LIMIT', "def handler(event): return {'statusCode': 200, 'body': 'x' * (9 << 20)}", {}],
    ['FUNCTION_ERROR', 'import os\ndef handler(event): os._exit(3)', {}],
    ['TIMEOUT', 'import time\ndef handler(event): time.sleep(100)', { timeoutMs: 300 }],
  ] as const)('ends with %s: %s', async (code, source, options) => {
    const instance = await start('python', source)
    expect(await call(instance, '{}', options)).toMatchObject({ ok: false, code })
    expect(instance.alive).toBe(false)
    expect(await call(instance)).toMatchObject({ ok: false })
  })

  it('ends when the caller aborts', async () => {
    const instance = await start('python', 'def handler(event):\n    while True: pass')
    expect(await call(instance, '{}', { signal: AbortSignal.timeout(200) })).toMatchObject({
      ok: false,
      code: 'CANCELLED',
    })
    expect(instance.alive).toBe(false)
  })

  it('is charged the CPU it uses, against a limit of its own', async () => {
    const strict = createFunctionRunner({ maxCpuMs: 300, warm: { python: 0 } })
    const source = {
      functionId: 'f',
      revision: '1',
      runtime: 'python',
      environment: {},
      memoryMb: 64,
    }
    const greedy = await strict.start(
      { ...source, code: 'def handler(event):\n    while True: pass' },
      forever,
    )
    expect(await call(greedy)).toMatchObject({ ok: false, code: 'CPU_LIMIT' })
    const modest = await strict.start(
      { ...source, code: 'def handler(event): return sum(range(300_000))' },
      forever,
    )
    const result = await call(modest)
    expect(result).toMatchObject({ ok: true })
    expect(result.cpuMs).toBeGreaterThan(1)
    expect(result.memoryBytes).toBeGreaterThan(5 * 2 ** 20)
    const pids = strict.processIds()
    await strict.close()
    expect(pids.filter(exists)).toEqual([])
  })
})

describe('a JavaScript function', () => {
  it.each([
    ['export default (event) => ({ got: event })', 200, '{"got":{"a":1}}'],
    [
      'export async function handler(event, context) { return { statusCode: 202, body: context.request.path } }',
      202,
      '/p?q=1',
    ],
    ['module.exports = async () => process.env.KEY', 200, '"värde"'],
  ])('answers: %s', async (code, status, text) => {
    const instance = await start('javascript', code)
    expect(await call(instance)).toMatchObject({ ok: true, status, text })
    expect(await call(instance)).toMatchObject({ ok: true, status, text })
    await instance.close()
  })

  it.each([
    ['FUNCTION_ERROR', "export default () => { throw new Error('boom') }", {}],
    ['TIMEOUT', 'export default () => { for (;;); }', { timeoutMs: 300 }],
    [
      'MEMORY_LIMIT',
      'export default () => { const all = []; for (;;) all.push(new Uint8Array(2 ** 20)) }',
      {},
    ],
    ['OUTPUT_LIMIT', "export default () => { for (;;) console.log('x'.repeat(1000)) }", {}],
  ] as const)('ends with %s: %s', async (code, source, options) => {
    expect(await call(await start('javascript', source), '{}', options)).toMatchObject({
      ok: false,
      code,
    })
  })
})

describe('the runner', () => {
  it('refuses runtimes and limits that it does not have', async () => {
    await expect(start('Python 2.7', '')).rejects.toMatchObject({
      code: 'LANGUAGE_UNAVAILABLE',
      message: expect.stringContaining('Python 3.12'),
    })
    await expect(start('python', '', 4)).rejects.toMatchObject({ code: 'LIMIT_OUT_OF_RANGE' })
  })
})
