// A WASI engine for tests: runs the program with Node's own `node:wasi`, as `wasmtime run` would.
import { readFileSync } from 'node:fs'
import { WASI } from 'node:wasi'

const wasi = new WASI({ version: 'preview1', args: [], env: {}, preopens: {}, returnOnExit: true })
const module = new WebAssembly.Module(readFileSync(process.argv[2]))
const instance = new WebAssembly.Instance(module, wasi.getImportObject())
process.exitCode = wasi.start(instance)
