import type { EscapeCase } from './case.ts'

/** Runs each statement and says whether it was refused. */
const attempts = (...statements: string[]): string => `
import os, sys
def attempt(source):
    try:
        exec(source, {'os': os, 'sys': sys})
    except BaseException as error:
        print('held', type(error).__name__)
    else:
        print('ESCAPED', source)
${statements.map((statement) => `attempt(${JSON.stringify(statement)})`).join('\n')}
`

const python = (
  id: string,
  tries: string,
  rest: Pick<EscapeCase, 'program' | 'ends' | 'timeoutMs'>,
): EscapeCase => ({
  id: `py-${id}`,
  tries,
  language: 'python',
  ...rest,
})

const held = { held: true } as const

export const pythonCases: readonly EscapeCase[] = [
  python('01', 'reading files of the host', {
    program: attempts(
      "open('/etc/passwd').read()",
      "open('/etc/hostname').read()",
      "os.listdir('/root')",
      "os.listdir('/home')",
    ),
    ends: held,
  }),
  python('02', 'leaving the tree by `..`', {
    program: attempts(
      "open('../../../../../../etc/passwd').read()",
      "os.chdir('/'); open('../etc/passwd').read()",
      "open('/workspace/../../etc/passwd').read()",
    ),
    ends: held,
  }),
  python('03', 'leaving the tree by symlinks', {
    program: attempts(
      "os.symlink('/etc/passwd', '/tmp/a'); open('/tmp/a').read()",
      "os.symlink('../../../../etc', '/tmp/b'); os.listdir('/tmp/b')",
      "os.symlink('/tmp/d', '/tmp/c'); os.symlink('/tmp/c', '/tmp/d'); open('/tmp/c').read()",
    ),
    ends: held,
  }),
  python('04', "reading the host's environment", {
    program: `
import os
print('ESCAPED' if 'CANARY' in os.environ else 'held', sorted(os.environ))
`,
    ends: held,
  }),
  python('05', 'kernel interfaces: `/proc`, `/sys`, block and memory devices', {
    program: attempts(
      "open('/proc/self/environ').read()",
      "os.listdir('/proc')",
      "os.listdir('/sys')",
      "open('/dev/mem', 'rb').read(1)",
      "open('/proc/1/mem', 'rb').read(1)",
    ),
    ends: held,
  }),
  python('06', 'connecting to a server on the host', {
    program: attempts(
      "import socket; s = socket.socket(); s.connect(('127.0.0.1', PORT))",
      "import socket; socket.create_connection(('localhost', PORT), 1)",
      "import urllib.request; urllib.request.urlopen('http://127.0.0.1:PORT/')",
      "import asyncio; asyncio.run(asyncio.open_connection('127.0.0.1', PORT))",
    ),
    ends: held,
  }),
  python('07', 'listening for connections', {
    program: attempts("import socket; s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen()"),
    ends: held,
  }),
  python('08', 'starting processes', {
    program: attempts(
      "import subprocess; subprocess.run(['id'])",
      "assert os.system('id') == 0",
      'os.fork()',
      "os.execv('/bin/sh', ['sh'])",
      "os.popen('id').read()",
      "os.posix_spawn('/bin/sh', ['sh'], {})",
    ),
    ends: held,
  }),
  python('09', 'native code through `ctypes` and `cffi`', {
    program: attempts(
      'import ctypes',
      'import _ctypes',
      'import cffi',
      "import importlib.machinery as m; m.ExtensionFileLoader('x', '/tmp/x.so').load_module()",
    ),
    ends: held,
  }),
  python('10', 'bridges to the JavaScript of the host', {
    program: attempts('import js', 'import pyodide', 'import pyodide_js', 'import _pyodide_core'),
    ends: held,
  }),
  python('11', 'threads, to outlive or outnumber the watcher', {
    program: attempts(
      'import threading; threading.Thread(target=print).start()',
      'import _thread; _thread.start_new_thread(print, ())',
    ),
    ends: held,
  }),
  python('12', 'signals to other processes', {
    program: attempts('os.kill(1, 9)', 'os.kill(os.getppid(), 9)', 'os.killpg(0, 9)'),
    ends: held,
  }),
  python('13', 'forged messages on every file descriptor', {
    program: `
import os
for fd in range(3, 300):
    try:
        os.write(fd, b'\\x04\\x00\\x00\\x00\\x02{}' * 64)
        print('ESCAPED', fd)
    except OSError:
        pass
print('held')
`,
    ends: { crash: true },
  }),
  python('14', 'forged messages on the control device', {
    program: `
import os
for path in ('/dev/gaesup/control', '/dev/gaesup', '/dev/stdin'):
    try:
        with open(path, 'r+b', buffering=0) as device:
            device.write(b'\\xff\\xff\\xff\\x7f{"type":"exit","exitCode":0}')
    except BaseException as error:
        print(type(error).__name__)
print('held')
`,
    ends: { crash: true },
  }),
  python('15', 'an endless loop', {
    program: 'while True: pass',
    ends: { limit: ['time'] },
    timeoutMs: 1500,
  }),
  python('16', 'an endless loop inside native code', {
    program: 'import itertools; sum(itertools.repeat(1))',
    ends: { limit: ['time'] },
    timeoutMs: 1500,
  }),
  python('17', 'one gigantic multiplication', {
    program: 'x = 7 ** (10 ** 9)',
    ends: { limit: ['time', 'memory'] },
    timeoutMs: 2000,
  }),
  python('18', 'a regular expression that backtracks for ever', {
    program: "import re; re.match(r'(a+)+$', 'a' * 60 + 'b')",
    ends: { limit: ['time'] },
    timeoutMs: 1500,
  }),
  python('19', 'sleeping for ever', {
    program: 'import time; time.sleep(10 ** 6)',
    ends: { limit: ['time'] },
    timeoutMs: 1500,
  }),
  python('20', 'catching its own end', {
    program: `
import atexit, signal
atexit.register(lambda: print('ESCAPED'))
while True:
    try:
        while True: pass
    except BaseException:
        pass
`,
    ends: { limit: ['time'] },
    timeoutMs: 1500,
  }),
  python('21', 'a memory bomb', {
    program: 'x = []\nwhile True: x.append(bytearray(1 << 20))',
    ends: { limit: ['memory'] },
  }),
  python('22', 'a giant string', {
    program: "x = 'x' * (2 ** 31 - 100)",
    ends: { limit: ['memory'] },
  }),
  python('23', 'a memory bomb that swallows MemoryError', {
    program: `
x = []
refused = 0
while refused < 50:
    try:
        x.append(bytearray(1 << 22))
    except MemoryError:
        refused += 1
x = None
print('held')
`,
    ends: held,
  }),
  python('24', 'an output flood', {
    program: "while True: print('x' * 10000)",
    ends: { limit: ['output'] },
  }),
  python('25', 'an output flood on both streams that swallows errors', {
    program: `
import os
while True:
    for fd in (1, 2):
        try:
            os.write(fd, b'x' * 65536)
        except BaseException:
            pass
`,
    ends: { limit: ['output'] },
  }),
  python('26', 'a recursion bomb', {
    program: `
def f(): f()
try:
    f()
except RecursionError:
    print('held')
`,
    ends: held,
  }),
  python('27', 'a recursion bomb with the interpreter’s own limit lifted', {
    program: `
import sys
sys.setrecursionlimit(2 ** 30)
class A:
    def __repr__(self): return repr(self)
repr(A())
`,
    ends: { crash: true },
  }),
  python('28', 'deep nesting in native parsers', {
    program: `
import ast, json
for parse in (json.loads, ast.literal_eval, lambda text: compile(text, 'x', 'eval')):
    try:
        parse('[' * 100_000 + ']' * 100_000)
        print('ESCAPED')
    except (RecursionError, MemoryError, SyntaxError, ValueError) as error:
        print('held', type(error).__name__)
`,
    ends: held,
  }),
  python('29', 'filling the disk', {
    program: `
import os
try:
    with open('/workspace/big', 'wb') as f:
        while True: f.write(b'x' * (1 << 20))
except OSError as error:
    print('held', error.errno)
try: os.remove('/workspace/big')
except OSError: pass
`,
    ends: held,
  }),
  python('30', 'a sparse file of a terabyte', {
    program: attempts(
      "f = open('/workspace/sparse', 'wb'); f.truncate(1 << 40)",
      "f = open('/workspace/sparse2', 'wb'); f.seek(1 << 40); f.write(b'x'); f.flush()",
    ),
    ends: held,
  }),
  python('31', 'an inode bomb', {
    program: `
import os, shutil
os.makedirs('/workspace/many', exist_ok=True)
try:
    for i in range(10 ** 7):
        open(f'/workspace/many/{i}', 'w').close()
    print('ESCAPED')
except OSError as error:
    print('held', error.errno)
shutil.rmtree('/workspace/many')
`,
    ends: held,
  }),
  python('32', 'using up file descriptors', {
    program: `
files = []
try:
    while True: files.append(open('/dev/null'))
except OSError as error:
    print('held', error.errno)
`,
    ends: held,
  }),
  python('33', 'broken bytecode, to run the interpreter off the rails', {
    program: `
def f(): pass
f.__code__ = f.__code__.replace(co_code=bytes([100, 255, 83, 0] * 50), co_consts=(), co_stacksize=1)
f()
`,
    ends: { crash: true },
  }),
  python('34', 'a null pointer on purpose', {
    program: 'import faulthandler; faulthandler._sigabrt()',
    ends: { crash: true },
  }),
]
