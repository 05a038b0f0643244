import { expect, test } from 'vitest'
import { ContainerManager } from '../../src/index.ts'
import { assemble } from './build.ts'

/** Its string lies where the code says, in an encoding. */
const text = (at: number, length: number, encoding = 'utf8'): string => `(component
  (core module $m (memory (export "m") 1) (data (i32.const 8) "hi")
    (func (export "f") (result i32)
      (i32.store (i32.const 0) (i32.const ${at})) (i32.store (i32.const 4) (i32.const ${length})) (i32.const 0)))
  (core instance $i (instantiate $m))
  (alias core export $i "m" (core memory $mem))
  (func (export "f") (result string) (canon lift (core func $i "f") (memory $mem) string-encoding=${encoding})))`

test('a component on which jco panics stops no other', async () => {
  const [panicking, good] = await Promise.all([
    assemble(text(8, 2, 'latin1+utf16')),
    assemble(text(8, 2)),
  ])
  for (let round = 0; round < 2; round += 1) {
    await expect(new ContainerManager().run(panicking)).rejects.toMatchObject({
      code: 'MODULE_INVALID',
    })
    expect(await (await new ContainerManager().run(good)).call('f')).toBe('hi')
  }
})

test.each([
  ['outside of the memory', 65_530, 100],
  ['of four gibibytes', 0, -1],
])('a string %s is a trap', async (_what, at, length) => {
  const container = await new ContainerManager().run(await assemble(text(at, length)))
  await expect(container.call('f')).rejects.toMatchObject({ code: 'TRAPPED' })
  expect(container.status).toBe('error')
})
