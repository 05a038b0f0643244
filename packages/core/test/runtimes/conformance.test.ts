import { afterAll, describe, test } from 'vitest'
import { createNativeRuntime } from '../../src/runtimes/native/native-runtime.ts'
import { findEngines, nodeWasi, wasmerSdk } from './engines/use-engines.ts'
import { behaviours, perform, type Engine } from './behaviours.ts'
import { loadFixture } from './modules.ts'

const nobody: Engine['isEndedBy'] = new Set()
/** No program of an engine outlives a trap. */
const byTrap: Engine['isEndedBy'] = new Set(['trap'])

const { present, absent } = await findEngines()
/** Where no native engine is installed, these run what those would. */
const standIns = [
  ['node:wasi', nodeWasi],
  ['the SDK of Wasmer', wasmerSdk],
] as const

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
  ...standIns.map(([title, engine]) => ({
    title: `the driver of native engines, in ${title}`,
    runtime: engine.name,
    execution: 'process' as const,
    runtimes: [createNativeRuntime(engine)],
    isEndedBy: byTrap,
    lacksTailCalls: engine.hasTailCalls !== true,
  })),
  ...present.map(({ title, engine }) => ({
    title,
    runtime: engine.name,
    execution: 'process' as const,
    isEndedBy: byTrap,
    lacksTailCalls: engine.hasTailCalls !== true,
  })),
]
describe.each(engines)('$title', (engine) => {
  test.each(behaviours)('$title', async (behaviour) => {
    await perform(behaviour, engine, loadFixture)
  })
})

describe.skipIf(absent.length === 0)('engines that were not run', () => {
  for (const one of absent) {
    const [engine = one, ...reason] = one.split(': ')
    test(engine, ({ skip }) => skip(reason.join(': ')))
  }
})

afterAll(() => {
  for (const one of absent) console.warn(`Not run here: ${one}`)
})
