import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createVirtualFiles } from '../../../src/files/index.ts'
import { createWasi, type WasiOptions } from '../../../src/wasi/index.ts'
import { collector, runPython } from '../../wasi/run-python.ts'
import { createPlace, isLinux, openBelow } from './place.ts'

const program = new WebAssembly.Module(
  readFileSync(new URL('../../fixtures/wasi/files.wasm', import.meta.url)),
)

function runC(mounts: NonNullable<WasiOptions['mounts']>): {
  lines: string[]
  exitCode: number
} {
  const stdout = collector()
  const files = createVirtualFiles({ quota: { bytes: 1000, inodes: 20 } })
  const wasi = createWasi({ files, stdout, mounts, args: ['files'], env: { HOME: '/' } })
  const imports = wasi.imports as unknown as WebAssembly.Imports
  const exitCode = wasi.start(new WebAssembly.Instance(program, imports))
  return { lines: stdout.text().split('\n'), exitCode }
}

describe.skipIf(!isLinux)('in a mounted folder', () => {
  it('a C program finds what it finds in virtual files, but for the order of entries', () => {
    const { inside, mount } = createPlace()
    const virtual = runC({})
    const mounted = runC({ '/workspace': mount() })
    expect(mounted.exitCode).toBe(virtual.exitCode)
    expect(mounted.lines.toSorted()).toEqual(virtual.lines.toSorted())
    expect(readFileSync(join(inside, 'd/g'), 'utf8')).toBe('Jello!')
    expect(openBelow(inside)).toEqual([])
  })

  it('CPython reads, writes, walks, copies and keeps a database', () => {
    const { inside, mount } = createPlace()
    writeFileSync(join(inside, '한글.txt'), 'of the host')
    const { exitCode, stdout, stderr } = runPython(
      `
import os, pathlib, shutil, sqlite3, tempfile
data = pathlib.Path('/mnt/data')
print((data / '한글.txt').read_text())
(data / 'new' / 'deep').mkdir(parents=True)
(data / 'new' / 'a.txt').write_text('from the guest')
with open(data / 'new' / 'a.txt', 'a') as file: file.write(', and more')
shutil.copytree(data / 'new', data / 'copy')
os.replace(data / 'copy' / 'a.txt', data / 'copy' / 'b.txt')
os.symlink('b.txt', data / 'copy' / 'link')
print((data / 'copy' / 'link').read_text())
for folder, folders, files in sorted(os.walk('/mnt')): print(folder, sorted(folders), sorted(files))
with tempfile.NamedTemporaryFile(dir=data) as file:
    file.write(b'x'); file.flush(); os.fsync(file.fileno())
base = sqlite3.connect(data / 'base.db')
base.execute('create table t (n)'); base.executemany('insert into t values (?)', [(n,) for n in range(1000)])
base.commit(); print(base.execute('select sum(n) from t').fetchone()); base.close()
print(os.stat(data).st_dev != os.stat('/tmp').st_dev, os.path.samefile(data / 'copy', '/mnt/data/copy'))
os.utime(data / 'copy' / 'b.txt', (1, 2)); print(os.stat(data / 'copy' / 'b.txt').st_mtime)
try: os.rename(data / 'base.db', '/tmp/base.db')
except OSError as error: print(type(error).__name__, error.errno)
shutil.move(data / 'base.db', '/tmp/base.db'); print(os.path.getsize('/tmp/base.db') > 0)
shutil.rmtree(data / 'new')
`,
      { mounts: { '/mnt/data': mount() } },
    )
    expect(stderr).toBe('')
    expect(exitCode).toBe(0)
    expect(stdout).toMatchInlineSnapshot(`
      "of the host
      from the guest, and more
      /mnt ['data'] []
      /mnt/data ['copy', 'new'] ['한글.txt']
      /mnt/data/copy ['deep'] ['b.txt', 'link']
      /mnt/data/copy/deep [] []
      /mnt/data/new ['deep'] ['a.txt']
      /mnt/data/new/deep [] []
      (499500,)
      True True
      2.0
      OSError 75
      True
      "
    `)
    expect(readdirSync(inside).sort()).toEqual(['copy', '한글.txt'])
    expect(readFileSync(join(inside, 'copy/b.txt'), 'utf8')).toBe('from the guest, and more')
    expect(openBelow(inside)).toEqual([])
  })

  it('CPython is told POSIX errors for what it may not', () => {
    const { inside, mount } = createPlace()
    writeFileSync(join(inside, 'a'), 'x')
    const { stdout, stderr } = runPython(
      `
import os
def attempt(work, *args):
    try: print('done', work(*args))
    except OSError as error: print(error.strerror)
attempt(open, '/data/a', 'w')
attempt(os.mkdir, '/data/b')
attempt(open, '/data/../../etc/passwd')
attempt(open, '/small/a', 'w')
file = open('/small/b', 'wb', buffering=0)
attempt(file.write, bytes(11))
attempt(file.truncate, 11)
attempt(os.symlink, '/etc/passwd', '/small/l')
attempt(os.rmdir, '/data')
attempt(os.listdir, '/data/a')
`,
      {
        mounts: {
          '/data': mount({ access: 'read' }),
          '/small': createPlace().mount({ maxBytes: 10, maxEntries: 2 }),
        },
      },
    )
    expect(stderr).toBe('')
    expect(stdout).toMatchInlineSnapshot(`
      "Read-only file system
      Read-only file system
      Capabilities insufficient
      done <_io.TextIOWrapper name='/small/a' mode='w' encoding='UTF-8'>
      Quota exceeded
      Quota exceeded
      Operation not permitted
      Read-only file system
      Not a directory
      "
    `)
  })
})
