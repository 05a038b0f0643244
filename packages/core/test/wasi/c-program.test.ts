import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { createVirtualFiles } from '../../src/files/index.ts'
import { createWasi } from '../../src/wasi/index.ts'
import { collector } from './run-python.ts'

const module = new WebAssembly.Module(
  readFileSync(new URL('../fixtures/wasi/files.wasm', import.meta.url)),
)

test('a C program built with wasi-libc finds POSIX as it expects it', () => {
  const files = createVirtualFiles({ quota: { bytes: 1000, inodes: 20 } })
  const [stdout, stderr] = [collector(), collector()]
  let input = new TextEncoder().encode('typed\n')
  const stdin = {
    read(into: Uint8Array): number {
      const part = input.subarray(0, into.length)
      into.set(part)
      input = input.subarray(part.length)
      return part.length
    },
  }
  const wasi = createWasi({
    files,
    stdin,
    stdout,
    stderr,
    args: ['files', '한글'],
    env: { HOME: '/workspace' },
  })
  expect(
    wasi.start(new WebAssembly.Instance(module, wasi.imports as unknown as WebAssembly.Imports)),
  ).toBe(42)
  expect(stderr.text()).toBe('to stderr\n')
  expect(stdout.text()).toMatchInlineSnapshot(`
    "argc 2 한글 HOME=/workspace
    mkdir ok
    open ok
    write ok
    lseek ok
    read ok
    read "world"
    pwrite ok
    ftruncate ok
    fstat ok
    size 5 file 1
    close ok
    close again Bad file descriptor
    open again File exists
    append ok
    write ok
    read of write-only Bad file descriptor
    symlink ok
    readlink f
    link ok
    rename ok
    entry . 3
    entry .. 3
    entry f 4
    entry l 7
    entry g 4
    rmdir full Directory not empty
    unlink folder Is a directory
    unlink missing No such file or directory
    escape Capabilities insufficient
    open folder to write Is a directory
    fgets Jello!
    nanosleep ok
    poll 1
    stdin typed

    isatty 0 0
    "
  `)
  expect(new TextDecoder().decode(files.readFile('/workspace/d/g'))).toBe('Jello!')
})

test('an instance without memory or _start is a mistake of the caller, and so is a second run', () => {
  const files = createVirtualFiles({ quota: { bytes: 1000, inodes: 20 } })
  const empty = new WebAssembly.Instance(
    new WebAssembly.Module(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0)),
  )
  expect(() => createWasi({ files }).start(empty)).toThrow('_start')
  expect(() => createWasi({ files }).initialize(empty)).toThrow('memory')
  const wasi = createWasi({ files })
  const instance = new WebAssembly.Instance(module, wasi.imports as unknown as WebAssembly.Imports)
  wasi.start(instance)
  expect(() => wasi.start(instance)).toThrow('already')
})

test('after the run no descriptor holds a file back', () => {
  const files = createVirtualFiles({ quota: { bytes: 1000, inodes: 20 } })
  const wasi = createWasi({ files, preopens: ['/workspace', '/tmp'] })
  files.remove('/tmp')
  expect(files.usage().inodes).toBe(2)
  wasi.close()
  expect(files.usage().inodes).toBe(1)
})
