import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readFunctions, withBodies } from '../../src/binary/functions.ts'
import { createMeter, meterExports, meterModule } from '../../src/binary/index.ts'
import { inlineCalls } from '../../src/binary/inline-calls.ts'
import { readSections, writeSections } from '../../src/binary/sections.ts'
import { assemble, i32, i64, instantiate } from './assemble.ts'
import { Choices, randomFunction, type RandomFunction } from './random-code.ts'

const count = 6
const type = fc.constantFrom(i32, i64)
const functions = fc.array(
  fc.record({
    params: fc.array(type, { maxLength: 3 }),
    results: fc.array(type, { maxLength: 1 }),
  }),
  { minLength: count, maxLength: count },
)
const program = fc.record({
  functions,
  // Most of them decide little by themselves: the first functions stay short.
  choices: fc.array(fc.nat(1 << 16), { minLength: 60, maxLength: 700 }),
  isMetered: fc.boolean(),
  fuel: fc.oneof(fc.constant(1_000_000n), fc.bigInt(0n, 500n)),
})

function write(types: readonly RandomFunction[], choices: Choices): Uint8Array {
  const module = { functions: types, choices, hasLoops: (index: number) => index > 2 }
  return assemble({
    memories: [[1, 1, 1]],
    globals: 1,
    functions: types.map((_, at) => ({ ...randomFunction(module, at), export: `f${at}` })),
    exports: [
      { name: 'memory', kind: 2, index: 0 },
      { name: 'global', kind: 3, index: 0 },
    ],
  })
}

function inlined(bytes: Uint8Array): Uint8Array {
  const sections = readSections(bytes)
  const first = readFunctions(sections)
  const bodies = inlineCalls(first, { isWanted: (index) => index < 2, where: 'everywhere' })
  const rules = { isWanted: () => true, where: 'in loops' } as const
  return writeSections(withBodies(sections, inlineCalls({ ...first, bodies }, rules)))
}

/** What each function gives, one after the other, and all that it leaves. */
function run(
  bytes: Uint8Array,
  types: readonly RandomFunction[],
  fuel: bigint | undefined,
): unknown {
  const exports = instantiate(bytes)
  const meter = fuel === undefined ? undefined : createMeter({ exports })
  const gave = types.map(({ params }, at) => {
    if (fuel !== undefined) meter?.begin(fuel)
    try {
      const args = params.map((one) => (one === i32 ? at * 3 : BigInt(at)))
      return (exports[`f${at}`] as (...args: unknown[]) => unknown)(...args)
    } catch (error) {
      return `${meter?.stoppedBy(error)} ${String(error)}`
    }
  })
  const memory = Buffer.from((exports['memory'] as WebAssembly.Memory).buffer).toString('base64')
  const globals = ['global', meterExports.depth, meterExports.fuel].map(
    (name) => (exports[name] as WebAssembly.Global | undefined)?.value,
  )
  return { gave, memory, globals }
}

test('random functions do the same with others in them, charge the same, and stop at the same place', () => {
  let changed = 0
  fc.assert(
    fc.property(program, ({ functions: types, choices, isMetered, fuel }) => {
      const written = write(types, new Choices(choices))
      const bytes = isMetered ? meterModule(written) : written
      const rewritten = inlined(bytes)
      if (rewritten.length !== bytes.length) changed += 1
      const limit = isMetered ? fuel : undefined
      expect(run(rewritten, types, limit)).toEqual(run(bytes, types, limit))
    }),
    { numRuns: 1500 },
  )
  expect(changed).toBeGreaterThan(200)
}, 120_000)
