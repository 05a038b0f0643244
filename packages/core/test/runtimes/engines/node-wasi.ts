// A WASI engine for tests: runs the program with Node's own `node:wasi`, as `wasmtime run` would.
import { readFileSync } from 'node:fs'
import { WASI } from 'node:wasi'

const wasi = new WASI({ version: 'preview1', args: [], env: {}, preopens: {}, returnOnExit: true })
const module = new WebAssembly.Module(new Uint8Array(readFileSync(process.argv[2] ?? '')))
const imports = wasi.getImportObject() as WebAssembly.Imports
process.exitCode = wasi.start(new WebAssembly.Instance(module, imports))
