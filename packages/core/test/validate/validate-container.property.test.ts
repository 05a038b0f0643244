import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { validateContainer } from '../../src/validate/index.ts'
import type { ContainerToValidate } from '../../src/validate/index.ts'

const files = readFileSync(new URL('../fixtures/wasi/files.wasm', import.meta.url))
const workloads = readFileSync(new URL('../fixtures/meter/workloads.wasm', import.meta.url))

test('changed bytes are findings or a valid module, and never a throw', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(files.subarray(0, 4000), files, workloads),
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }),
      async (original, changes) => {
        const bytes = new Uint8Array(original)
        for (const [at, value] of changes) bytes[at % bytes.length] = value
        const { valid, errors } = await validateContainer({ name: 'x', version: '1.0.0', bytes })
        expect(valid).toBe(errors.length === 0)
        expect(WebAssembly.validate(bytes) || !valid).toBe(true)
      },
    ),
    { numRuns: 150 },
  )
})

test('whatever stands in the fields of a container is a finding and never a throw', async () => {
  const anything = fc.anything({ withBigInt: true, withDate: true, withNullPrototype: true })
  const container = fc.record({
    name: anything,
    version: anything,
    bytes: fc.oneof(anything, fc.constant(new Uint8Array(workloads))),
    exports: fc.oneof(
      anything,
      fc.array(fc.record({ name: anything, parameters: anything, returnType: anything })),
    ),
    permissions: fc.oneof(anything, fc.record({ allowedImports: anything, syscalls: anything })),
    dependencies: anything,
    hash: anything,
    size: anything,
    createdAt: anything,
  })
  await fc.assert(
    fc.asyncProperty(container, async (value) => {
      const result = await validateContainer(value as unknown as ContainerToValidate)
      expect(result.valid).toBe(result.errors.length === 0)
    }),
    { numRuns: 300 },
  )
})
