// A program that uses a container and forgets to stop it: node forgetful.ts <execution>
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { ContainerManager } from '../../../src/containers/manager.ts'
import { createNativeRuntime } from '../../../src/runtimes/native/native-runtime.ts'

const [, , place = 'in-thread'] = process.argv
const script = fileURLToPath(new URL('node-wasi.ts', import.meta.url))
const engine = createNativeRuntime({
  name: 'wasmtime',
  command: process.execPath,
  oldest: [20, 0],
  args: (modulePath) => ['--no-warnings', script, modulePath],
})
const manager = new ContainerManager({ runtimes: [engine] })
const file = new URL('../../fixtures/containers/native.wasm', import.meta.url)
const container = await manager.run(
  new Uint8Array(readFileSync(file)),
  place === 'native'
    ? { runtime: 'wasmtime' }
    : { runtime: 'nodejs', execution: place as 'in-thread' | 'worker' | 'process' },
)
await container.call('increment')
process.stdout.write(String(await container.call('increment')))
