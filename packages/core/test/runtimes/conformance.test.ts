import { fileURLToPath } from 'node:url'
import { afterAll, describe, test } from 'vitest'
import { nativeEngines, type NativeEngine } from '../../src/runtimes/native/engines.ts'
import { createNativeRuntime } from '../../src/runtimes/native/native-runtime.ts'
import { probeEngine } from '../../src/runtimes/native/probe-engine.ts'
import { useEngines } from './engines/use-engines.ts'
import { behaviours, perform, type Engine } from './behaviours.ts'
import { loadFixture } from './modules.ts'

const nobody: Engine['isEndedBy'] = new Set()
/** No program of an engine outlives a trap. */
const byTrap: Engine['isEndedBy'] = new Set(['trap'])

/** Stand-ins that run WASI programs where no native engine is installed. */
const standIns: readonly NativeEngine[] = [
  {
    name: 'wasmtime',
    command: process.execPath,
    oldest: [20, 0],
    args: (modulePath) => ['--no-warnings', script('node-wasi.ts'), modulePath],
  },
  {
    name: 'wasmer',
    command: process.execPath,
    oldest: [20, 0],
    args: (modulePath) => ['--no-warnings', script('wasmer-sdk.ts'), modulePath],
  },
]

const engines: (Engine & { readonly title: string })[] = [
  { title: 'nodejs in-thread', runtime: 'nodejs', execution: 'in-thread', isEndedBy: nobody },
  { title: 'nodejs worker', runtime: 'nodejs', execution: 'worker', isEndedBy: nobody },
  {
    title: 'nodejs process',
    runtime: 'nodejs',
    execution: 'process',
    // Its one thread is inside the module and reads no pipe.
    isEndedBy: new Set(['abort']),
  },
  ...standIns.map((engine) => ({
    title: `the driver of native engines, in ${
      engine
        .args('', { maxPages: 1 })
        .join(' ')
        .match(/[\w-]+\.ts/)?.[0]
    }`,
    runtime: engine.name,
    execution: 'process' as const,
    runtimes: [createNativeRuntime(engine)],
    isEndedBy: byTrap,
  })),
]
const notRun: string[] = []
useEngines()

for (const engine of nativeEngines) {
  // oxlint-disable-next-line no-await-in-loop -- three quick looks at the PATH
  const found = await probeEngine(engine)
  if (!found.available) notRun.push(`${engine.name}: ${found.reason}`)
  else {
    engines.push({
      title: `${engine.name} ${found.version}`,
      runtime: engine.name,
      execution: 'process',
      isEndedBy: byTrap,
    })
  }
}

describe.each(engines)('$title', (engine) => {
  test.each(behaviours)('$title', async (behaviour) => {
    await perform(behaviour, engine, loadFixture)
  })
})

describe.skipIf(notRun.length === 0)('engines that were not run', () => {
  for (const one of notRun) {
    const [engine = one, ...reason] = one.split(': ')
    test(engine, ({ skip }) => skip(reason.join(': ')))
  }
})

afterAll(() => {
  for (const one of notRun) console.warn(`Not run here: ${one}`)
})

function script(name: string): string {
  return fileURLToPath(new URL(`engines/${name}`, import.meta.url))
}
