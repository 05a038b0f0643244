import { describe, expect, test } from 'vitest'
import { createVirtualFiles } from '../../src/files/index.ts'
import { runPython } from './run-python.ts'

/** Runs a script that must end well and gives its lines. */
function lines(code: string, options: Parameters<typeof runPython>[1] = {}): string[] {
  const { exitCode, stdout, stderr } = runPython(code, options)
  expect([exitCode, stderr]).toEqual([0, ''])
  return stdout.trimEnd().split('\n')
}

describe('CPython 3.12 on our WASI', () => {
  test('lists the root, the devices and an empty workspace', () => {
    expect(
      lines(
        `import os; print(sorted(os.listdir('/')), os.listdir('/workspace'), sorted(os.listdir('/dev')))`,
      ),
    ).toEqual([
      `['dev', 'tmp', 'workspace'] [] ['null', 'stderr', 'stdin', 'stdout', 'urandom', 'zero']`,
    ])
  })

  test('writes, appends, renames, links and walks, and the host sees it', () => {
    const code = `
import os
os.makedirs('/workspace/가/나')
with open('/workspace/가/나/글.txt', 'w', encoding='utf8') as f: f.write('안녕\\n')
with open('/workspace/가/나/글.txt', 'a', encoding='utf8') as f: f.write('세계')
os.rename('/workspace/가/나/글.txt', '/workspace/가/moved.txt')
os.symlink('moved.txt', '/workspace/가/link')
os.symlink('/workspace/가', '/tmp/abs')
os.link('/workspace/가/moved.txt', '/workspace/hard')
print(open('/tmp/abs/link', encoding='utf8').read(), os.readlink('/workspace/가/link'), os.stat('/workspace/hard').st_nlink)
for top, folders, files in os.walk('/workspace'): print(top, sorted(folders), sorted(files))
os.truncate('/workspace/hard', 3)
print(os.path.islink('/tmp/abs'), os.path.getsize('/workspace/hard'))`
    const run = runPython(code)
    expect([run.exitCode, run.stderr]).toEqual([0, ''])
    expect(run.stdout.trimEnd().split('\n')).toEqual([
      '안녕',
      '세계 moved.txt 2',
      `/workspace ['가'] ['hard']`,
      `/workspace/가 ['나'] ['link', 'moved.txt']`,
      '/workspace/가/나 [] []',
      'True 3',
    ])
    expect(new TextDecoder().decode(run.files.readFile('/workspace/hard'))).toBe('안')
  })

  test('has tempfile, shutil, pathlib and sqlite3 on a file', () => {
    const code = `
import tempfile, shutil, pathlib, sqlite3, os
with tempfile.TemporaryDirectory() as d:
    p = pathlib.Path(d) / 'a' / 'b'
    p.mkdir(parents=True)
    (p / 'x.txt').write_text('x' * 1000)
    shutil.copytree(p.parent, '/workspace/copy')
    shutil.make_archive('/workspace/arc', 'zip', d)
print(os.path.exists(d), sorted(str(q) for q in pathlib.Path('/workspace').rglob('*')))
with tempfile.NamedTemporaryFile() as t:
    t.write(b'1234'); t.flush(); os.unlink(t.name); t.seek(0); print(t.read())
    open(t.name, 'w').close()
con = sqlite3.connect('/workspace/d.db')
con.execute('create table t (n integer, s text)')
con.executemany('insert into t values (?, ?)', [(n, str(n)) for n in range(2000)])
con.commit(); con.execute('vacuum'); con.close()
con = sqlite3.connect('/workspace/d.db')
print(con.execute('select count(*), sum(n) from t').fetchone(), con.execute('pragma integrity_check').fetchone())
shutil.rmtree('/workspace/copy'); print(os.path.exists('/workspace/copy'))`
    expect(lines(code)).toEqual([
      `False ['/workspace/arc.zip', '/workspace/copy', '/workspace/copy/b', '/workspace/copy/b/x.txt']`,
      `b'1234'`,
      `(2000, 1999000) ('ok',)`,
      'False',
    ])
  })

  test('gets unicode arguments, only the environment it was given, and standard input', () => {
    const code = `import sys, os; print(sys.argv[1:], dict(os.environ)); print([line for line in sys.stdin])`
    expect(
      lines(code, { argv: ['가나', '😀', ''], env: { A: '값' }, input: 'eins\nzwei' }),
    ).toEqual([
      `['가나', '😀', ''] {'PWD': '/workspace', 'PYTHONDONTWRITEBYTECODE': '1', 'A': '값'}`,
      `['eins\\n', 'zwei']`,
    ])
  })

  test.each([
    ['import sys; sys.exit(7)', 7],
    ['raise SystemExit("bye")', 1],
    ['1/0', 1],
    ['import os; os._exit(200)', 200],
    ['pass', 0],
  ])('%s ends with exit code %i', (code, expected) => {
    expect(runPython(code).exitCode).toBe(expected)
  })

  test('sees the clock, the randomness and the sleep it was given', () => {
    let now = 1_000_000_000n
    const slept: number[] = []
    const options = {
      clock: { realtimeNs: () => 1_700_000_000_000_000_000n, monotonicNs: () => (now += 1000n) },
      random: (into: Uint8Array) => void into.fill(7),
      sleep: (ms: number) => void (slept.push(ms), (now += BigInt(ms * 1e6))),
    }
    const code = `import time, os; time.sleep(1.5); print(time.time(), os.urandom(3)); print(round(time.monotonic(), 2))`
    expect(lines(code, options)).toEqual([`1700000000.0 b'\\x07\\x07\\x07'`, '2.5'])
    expect(slept.map(Math.round)).toEqual([1500])
  })

  test('cannot leave the tree or reach the host', () => {
    const code = `
import os
for path in ['/../etc/passwd', '/workspace/../../etc/passwd', '/proc/self/environ', '/etc/passwd']:
    try: print(open(path).read())
    except OSError as e: print(type(e).__name__, e.errno)
try:
    import socket; socket.create_connection(('127.0.0.1', 80))
except Exception as e: print(type(e).__name__)
try:
    import subprocess; subprocess.run(['ls'])
except Exception as e: print(type(e).__name__)`
    expect(lines(code)).toEqual([
      'PermissionError 76',
      'PermissionError 76',
      'FileNotFoundError 44',
      'FileNotFoundError 44',
      'AttributeError',
      'OSError',
    ])
  })

  test('meets the quota as an error of its own and lives on', () => {
    const files = createVirtualFiles({ quota: { bytes: 10_000, inodes: 10 } })
    const code = `
import os
try:
    with open('/tmp/big', 'wb', buffering=0) as f:
        while True: f.write(b'x' * 4096)
except OSError as e: print(e.errno)
print(os.path.getsize('/tmp/big'))
os.remove('/tmp/big')
try:
    for n in range(100): open(f'/tmp/{n}', 'w').close()
except OSError as e: print(e.errno, n)
try: os.ftruncate(os.open('/tmp/0', os.O_RDWR), 1 << 40)
except OSError as e: print(e.errno)
fds = []
try:
    while True: fds.append(os.open('/tmp/0', os.O_RDONLY))
except OSError as e: print(e.errno, len(fds) > 240)`
    expect(lines(code, { files })).toEqual(['19', '8192', '51 8', '22', '33 True'])
    expect(files.usage().bytes).toBe(0)
  })

  test('reaches devices of the host, and their errors end it at once', () => {
    const heard: string[] = []
    const device = {
      read: (into: Uint8Array) => new TextEncoder().encodeInto('pong', into).written,
      write: (bytes: Uint8Array) => void heard.push(new TextDecoder().decode(bytes)),
    }
    const code = `
f = open('/dev/gaesup/control', 'r+b', buffering=0)
f.write(b'ping'); print(f.read(10))
import os; print(os.listdir('/dev/gaesup'), os.isatty(f.fileno()), os.isatty(1), open('/dev/zero','rb').read(3), len(open('/dev/urandom','rb').read(9)), open(os.devnull,'rb').read())
print('through', file=open('/dev/stdout', 'w'))`
    expect(lines(code, { devices: { '/dev/gaesup/control': device } })).toEqual([
      'through',
      `b'pong'`,
      `['control'] False False b'\\x00\\x00\\x00' 9 b''`,
    ])
    expect(heard).toEqual(['ping'])
    class Stop extends Error {}
    const stopping = {
      write: () => {
        throw new Stop('enough')
      },
    }
    const endless = `
while True:
    try:
        while True: print('flood', flush=True)
    except BaseException: pass`
    expect(() => runPython(endless, { stdout: stopping })).toThrow(Stop)
  })
})
