import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { describeInBoth } from '../both/describe-in-both.ts'
import { cases } from './cases.ts'

const from = new URL('cases.ts', import.meta.url)

describeInBoth({
  cases,
  from,
  load: () => Promise.reject(new Error('there are no modules to load')),
})

/** Node 24 has it behind a flag, later ones as it is. */
const flags = process.allowedNodeEnvironmentFlags.has('--experimental-wasm-jspi')
  ? ['--experimental-wasm-jspi']
  : []

const script = `
const { cases } = await import(${JSON.stringify(from.href)})
const failed = []
for (const one of cases) await one.run().catch((error) => failed.push([one.title, String(error)]))
console.log(JSON.stringify({ canWait: 'Suspending' in WebAssembly, failed }))`

test(
  'in Node with promise integration modules wait as in Chromium',
  { timeout: 120_000 },
  async () => {
    const args = [...flags, '--input-type=module', '--no-warnings', '-e', script]
    const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 100_000 })
    expect(JSON.parse(stdout)).toEqual({ canWait: true, failed: [] })
  },
)
