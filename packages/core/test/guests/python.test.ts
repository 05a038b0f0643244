import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Interpreters, InterpreterSession } from '../../src/interpreters/index.ts'
import { open, run, start } from '../interpreters/engine.ts'

let engine: Interpreters
let session: InterpreterSession
beforeAll(async () => {
  engine = start()
  session = await open(engine)
  const put = (path: string, text: string) =>
    session.files.writeFile(`/workspace/${path}`, Buffer.from(text), 'Create')
  await put(
    'main.py',
    'import sys, helper\nprint(__name__, __file__, sys.argv, sys.path[0], helper.x)',
  )
  await put('helper.py', 'x = 7')
  await put('package/__init__.py', '')
  await put('package/__main__.py', "print('as a package', __package__)")
  await put('fails.py', "def f():\n    raise ValueError('ü')\n\nf()\n")
})
afterAll(() => engine.close())

const python = (args: string[], options = {}) => run(session, ['python3', ...args], options)
const code = (source: string, options = {}) => python(['-c', source], options)

describe('the python3 command', () => {
  it.each([
    [['main.py', 'ä', '-x'], "__main__ /workspace/main.py ['main.py', 'ä', '-x'] /workspace 7\n"],
    [
      ['-c', 'import sys; print(sys.argv, repr(sys.path[0]), __name__)', 'a'],
      "['-c', 'a'] '' __main__\n",
    ],
    [['-m', 'package'], 'as a package package\n'],
    [['package'], 'as a package \n'],
    [['-m', 'calendar', '2026', '1'], expect.stringContaining('January 2026')],
    [['-V'], 'Python 3.12.0\n'],
    [['-O', '-c', 'assert False; print(__debug__)'], 'False\n'],
    [['-OOc', 'print(__import__("sys").flags.optimize)'], '2\n'],
    [
      ['-S', '-I', '-B', '-u', '-c', 'import sys; print(sys.flags.isolated, sys.flags.no_site)'],
      '1 1\n',
    ],
    [
      [
        '-W',
        'error',
        '-c',
        'import warnings\ntry: warnings.warn("x")\nexcept UserWarning: print("raised")',
      ],
      'raised\n',
    ],
    [['-X', 'utf8', '-c', 'import sys; print(sys.flags.utf8_mode)'], '1\n'],
  ])('understands %j', async (args, stdout) => {
    expect(await python(args)).toMatchObject({ exitCode: 0, stdout })
  })

  it('reads its program from standard input', async () => {
    expect(await python(['-', 'a'], { stdin: 'import sys; print(sys.argv)' })).toMatchObject({
      stdout: "['-', 'a']\n",
    })
    expect(await python([], { stdin: 'import sys; print(sys.argv)' })).toMatchObject({
      stdout: "['']\n",
    })
  })

  it.each([
    [['-z'], 2, 'Unknown option: -z\nusage: python3'],
    [['-c'], 2, 'Argument expected for the -c option'],
    [
      ['nope.py'],
      2,
      "python3: can't open file '/workspace/nope.py': [Errno 44] No such file or directory\n",
    ],
    [['-m', 'nope'], 1, 'No module named nope'],
    [['-c', 'import sys; sys.exit(7)'], 7, ''],
    [['-c', "import sys; sys.exit('bye')"], 1, 'bye\n'],
    [['-c', 'raise SystemExit'], 0, ''],
    [
      ['-c', '1 +'],
      1,
      '  File "<string>", line 1\n    1 +\n       ^\nSyntaxError: invalid syntax\n',
    ],
    [
      ['fails.py'],
      1,
      'Traceback (most recent call last):\n  File "/workspace/fails.py", line 4, in <module>\n    f()\n  File "/workspace/fails.py", line 2, in f\n    raise ValueError(\'ü\')\nValueError: ü\n',
    ],
  ])('ends %j as Python does', async (args, exitCode, stderr) => {
    const result = await python(args)
    expect(result.exitCode).toBe(exitCode)
    expect(result.stderr).toBe(stderr.endsWith('\n') || stderr === '' ? stderr : result.stderr)
    expect(result.stderr).toContain(stderr)
  })

  it('runs exit handlers and writes files that nobody closed', async () => {
    await code(
      "import atexit; atexit.register(print, 'at exit'); f = open('unclosed', 'w'); f.write('kept')",
    )
    expect((await code("print(open('unclosed').read())")).stdout).toBe('kept\n')
    expect((await code("import atexit; atexit.register(print, 'at exit'); 1/0")).stdout).toBe(
      'at exit\n',
    )
  })

  it('starts every program afresh', async () => {
    await code(
      'import sys, json; sys.modules["evil"] = 1; json.dumps = None; import os; os.environ["LEFT"] = "1"',
    )
    expect(
      (
        await code(
          'import sys, json, os; print("evil" in sys.modules, json.dumps(1), os.environ.get("LEFT"))',
        )
      ).stdout,
    ).toBe('False 1 None\n')
  })

  it('gives a program only the environment of its command', async () => {
    const names = 'import os; print(sorted(os.environ), os.environ["A"])'
    expect((await code(names, { env: { A: 'ü' } })).stdout).toBe(
      "['A', 'HOME', 'LANG', 'PATH', 'PWD', 'PYTHONTZPATH'] ü\n",
    )
    expect(
      (
        await code('import sys; print(hash("a"), sys.flags.hash_randomization)', {
          env: { PYTHONHASHSEED: '0' },
        })
      ).stdout,
    ).toMatch(/ 0\n$/)
  })

  it('reads lines with input() until the end', async () => {
    expect(
      await code('print(input("? "), input())\ninput()', { stdin: 'eins\nzwei\n' }),
    ).toMatchObject({
      exitCode: 1,
      stdout: '? eins zwei\n',
      stderr: expect.stringContaining('EOFError'),
    })
  })
})

describe('the library', () => {
  it('has what people reach for', async () => {
    const source = `
import sqlite3, zlib, bz2, decimal, csv, io, dataclasses, json, re, hashlib, datetime, uuid, random, itertools, statistics, tempfile, pathlib, shutil, pickle, gzip, zipfile, textwrap, typing, enum, fractions
db = sqlite3.connect('data.db'); db.execute('create table t (a)'); db.execute('insert into t values (?)', ('ü',)); db.commit(); db.close()
assert sqlite3.connect('data.db').execute('select a from t').fetchall() == [('ü',)]
assert zlib.decompress(zlib.compress(b'x' * 1000)) == b'x' * 1000 and bz2.decompress(bz2.compress(b'y')) == b'y'
assert decimal.Decimal('0.1') + decimal.Decimal('0.2') == decimal.Decimal('0.3')
assert list(csv.reader(io.StringIO('a,"b,c"'))) == [['a', 'b,c']]
assert dataclasses.asdict(dataclasses.make_dataclass('P', ['x'])(1)) == {'x': 1}
with tempfile.TemporaryDirectory() as folder:
    pathlib.Path(folder, 'f').write_text('z')
    shutil.copytree(folder, 'copied')
assert hashlib.sha256(b'').hexdigest().startswith('e3b0c4')
print('fine')`
    expect(await code(source)).toMatchObject({ exitCode: 0, stdout: 'fine\n', stderr: '' })
  })

  it.each(['ssl', 'ctypes', 'multiprocessing.connection', 'lzma'])(
    'lacks %s with an error of its own',
    async (name) => {
      expect(await code(`import ${name}`)).toMatchObject({
        exitCode: 1,
        stderr: expect.stringMatching(/(ModuleNotFound|Import)Error/),
      })
    },
  )

  it.each([
    ['import subprocess; subprocess.run(["ls"])', 'OSError'],
    [
      'import threading; threading.Thread(target=print).start()',
      "RuntimeError: can't start new thread",
    ],
    ['import os; os.fork()', "AttributeError: module 'os' has no attribute 'fork'"],
    [
      'import asyncio; asyncio.run(asyncio.to_thread(print))',
      "RuntimeError: can't start new thread",
    ],
  ])('refuses what cannot be: %s', async (source, error) => {
    expect(await code(source)).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining(error),
    })
  })

  it('runs asyncio: gather, timeouts, queues, task groups, locks, exceptions', async () => {
    const source = `
import asyncio, time
async def late(n, s):
    await asyncio.sleep(s)
    return n
async def main():
    before = time.monotonic()
    assert await asyncio.gather(late(1, .06), late(2, .02)) == [1, 2]
    assert .05 < time.monotonic() - before < 1
    try:
        await asyncio.wait_for(late(3, 10), .02)
        assert False
    except TimeoutError: pass
    try:
        async with asyncio.timeout(.02): await asyncio.Event().wait()
        assert False
    except TimeoutError: pass
    queue = asyncio.Queue(1)
    async def fill():
        for n in range(3): await queue.put(n)
    async with asyncio.TaskGroup() as group:
        group.create_task(fill())
        assert [await queue.get() for _ in range(3)] == [0, 1, 2]
    task = asyncio.create_task(late(1, 10)); await asyncio.sleep(0); task.cancel()
    assert (await asyncio.gather(task, return_exceptions=True))[0].__class__ is asyncio.CancelledError
    asyncio.get_running_loop().call_soon_threadsafe(print, 'called')
    await asyncio.sleep(.01)
    async for n in agen(): print(n)
async def agen():
    yield 'first'
    yield 'second'
asyncio.run(main())
with asyncio.Runner() as runner: print(runner.run(late('runner', 0)))`
    expect(await code(source)).toMatchObject({
      exitCode: 0,
      stderr: '',
      stdout: 'called\nfirst\nsecond\nrunner\n',
    })
  })

  it('agrees with the host about time zones, past and to come', async () => {
    const zones = [
      'Asia/Seoul',
      'Europe/Berlin',
      'America/New_York',
      'Australia/Lord_Howe',
      'America/Sao_Paulo',
      'Asia/Kathmandu',
      'Africa/Cairo',
      'Europe/London',
      'US/Pacific',
      'America/St_Johns',
    ]
    const moments = [1970, 1987, 1995, 2007, 2024, 2026, 2036, 2045].flatMap((year) =>
      [1, 3, 4, 7, 10, 11].map((month) => Date.UTC(year, month - 1, 12, 3) / 1000),
    )
    const source = `
import json, sys
from zoneinfo import ZoneInfo
from datetime import datetime
zones, moments = json.load(sys.stdin)
print(json.dumps([[datetime.fromtimestamp(at, ZoneInfo(zone)).strftime('%Y-%m-%d %H:%M') for at in moments] for zone in zones]))`
    const { stdout } = await code(source, { stdin: JSON.stringify([zones, moments]) })
    const expected = zones.map((timeZone) => {
      const format = new Intl.DateTimeFormat('sv-SE', {
        timeZone,
        dateStyle: 'short',
        timeStyle: 'short',
      })
      return moments.map((at) => format.format(at * 1000))
    })
    const found = JSON.parse(stdout) as string[][]
    for (const [n, zone] of zones.entries()) expect([zone, found[n]]).toEqual([zone, expected[n]])
  })

  it('lists the time zones and knows their names and daylight saving', async () => {
    const source = `
import zoneinfo, datetime
print(len(zoneinfo.available_timezones()) > 500)
for zone, month in (('Asia/Seoul', 1), ('Europe/Berlin', 7), ('America/New_York', 1)):
    at = datetime.datetime(2026, month, 1, tzinfo=zoneinfo.ZoneInfo(zone)); print(at.tzname(), at.utcoffset(), at.dst())
try: zoneinfo.ZoneInfo('No/Where')
except zoneinfo.ZoneInfoNotFoundError: print('not found')`
    expect((await code(source)).stdout).toBe(
      'True\nKST 9:00:00 0:00:00\nCEST 2:00:00 1:00:00\nEST -1 day, 19:00:00 0:00:00\nnot found\n',
    )
  })

  it('ends deep recursion with its own error, through C as well', async () => {
    const source = `
from functools import lru_cache
@lru_cache(None)
def down(n): return 0 if n == 0 else down(n - 1) + 1
print(down(150))
class Deep:
    def __getattr__(self, name): return getattr(self, name + 'x')
for attempt in (lambda: down(5000), lambda: Deep().a, lambda: __import__('json').dumps(nested)):
    nested = []
    for _ in range(5000): nested = [nested]
    try: attempt()
    except RecursionError as error: print(type(error).__name__)`
    expect((await code(source)).stdout).toBe(`150\n${'RecursionError\n'.repeat(3)}`)
  })
})
