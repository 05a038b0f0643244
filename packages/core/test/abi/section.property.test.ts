import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readAbiSection } from '../../src/abi/section.ts'
import { customSection } from '../../src/compile/abi-section.ts'
import { readModuleAbi } from '../../src/compile/index.ts'
import { writeSections } from '../../src/binary/sections.ts'
import { ContainerManager } from '../../src/index.ts'
import { validateContainer } from '../../src/validate/index.ts'
import { fixture, withSection } from '../containers/modules.ts'

const bytes = fixture('native.wasm')
const seed = 20_261_121
const name = fc.constantFrom('increment', 'pack', 'echo', '__proto__', 'gsp_state', '')
const type = fc.oneof(
  fc.jsonValue(),
  fc.record({ type: fc.constantFrom('string', 'number', 'boolean', 'object', 'array', 'no') }),
)
const parameter = fc.oneof(fc.jsonValue(), fc.record({ name, type, optional: fc.jsonValue() }))
const signature = fc.record({
  name: fc.oneof(name, fc.jsonValue()),
  parameters: fc.oneof(fc.jsonValue(), fc.array(parameter, { maxLength: 3 })),
  returnType: type,
})
const section = fc.record({
  version: fc.oneof({ weight: 9, arbitrary: fc.constant(1) }, fc.jsonValue()),
  exports: fc.oneof(fc.jsonValue(), fc.array(signature, { maxLength: 4 })),
  numeric: fc.oneof(fc.jsonValue(), fc.array(fc.oneof(name, fc.jsonValue()), { maxLength: 4 })),
  engine: fc.oneof(fc.constantFrom('quickjs', 'assemblyscript'), fc.jsonValue()),
})

function read(content: Uint8Array): unknown {
  try {
    return readAbiSection({ customSections: new Map([['gaesup:abi', content]]) })
  } catch (error) {
    expect(error).toMatchObject({ name: 'ContainerStartupError' })
    return undefined
  }
}

test('a section of any bytes or JSON is read or refused with a typed error', () => {
  const encode = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value))
  const content = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.jsonValue().map(encode),
    section.map(encode),
  )
  fc.assert(
    fc.property(content, (one) => {
      const told = read(one)
      const bare = writeSections([customSection('gaesup:abi', one)])
      const abi = readModuleAbi(new WebAssembly.Module(new Uint8Array(bare)))
      expect(abi === undefined || told !== undefined).toBe(true)
    }),
    { numRuns: 1000, seed },
  )
})

test('a module whose section says anything starts, or is refused with a typed error', async () => {
  const manager = new ContainerManager()
  await fc.assert(
    fc.asyncProperty(section, async (one) => {
      const start = manager.run(withSection(bytes, one))
      const container = await start.catch((error: unknown) => {
        expect(error).toMatchObject({ name: 'ContainerStartupError' })
        return undefined
      })
      if (container === undefined) return
      expect(container.status).toBe('running')
      await container.stop()
    }),
    { numRuns: 100, seed },
  )
  await manager.cleanup()
})

test.each([
  ['numeric', (deep: string) => `{"version":1,"numeric":[${deep}]}`],
  ['version', (deep: string) => `{"version":${deep}}`],
  ['exports', (deep: string) => `{"version":1,"exports":${deep}}`],
  [
    'parameters',
    (deep: string) => `{"version":1,"exports":[{"name":"f","parameters":${deep},"returnType":{}}]}`,
  ],
])('%s that nest 100,000 deep are refused with a typed error', async (_, write) => {
  const content = new TextEncoder().encode(write('['.repeat(100_000) + ']'.repeat(100_000)))
  read(content)
  const whole = new Uint8Array([
    ...bytes,
    ...writeSections([customSection('gaesup:abi', content)]).subarray(8),
  ])
  const { valid } = await validateContainer({ name: 'x', version: '1.0.0', bytes: whole })
  expect(valid).toBe(false)
})
