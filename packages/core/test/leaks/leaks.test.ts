import { setFlagsFromString } from 'node:v8'
import { fileURLToPath } from 'node:url'
import { runInNewContext } from 'node:vm'
import { build } from 'esbuild'
import { afterAll } from 'vitest'
import { describeInBoth } from '../both/describe-in-both.ts'
import { fixture } from '../containers/modules.ts'
import { cases } from './cases.ts'

setFlagsFromString('--expose-gc')
Object.assign(globalThis, { gc: runInNewContext('gc') as unknown })
afterAll(() => void Reflect.deleteProperty(globalThis, 'gc'))

describeInBoth({
  cases,
  from: new URL('cases.ts', import.meta.url),
  async load(name) {
    if (name !== 'worker.js') return fixture(name)
    const { outputFiles } = await build({
      entryPoints: [fileURLToPath(new URL('../../src/runtimes/worker.ts', import.meta.url))],
      bundle: true,
      write: false,
      format: 'esm',
      platform: 'browser',
      target: 'es2023',
    })
    return outputFiles[0]?.contents ?? new Uint8Array()
  },
})
