import { expect, test } from 'vitest'
import { limitGlue } from '../../src/abi/component/glue.ts'
import { readComponent } from '../../src/abi/component/read-component.ts'
import { ContainerManager } from '../../src/index.ts'
import { assemble } from './build.ts'

const tables = `export function instantiate(getCoreModule, imports) {}
function rscTableCreateOwn(table, rep) {
  table._createdReps.add(rep);
}
function rscTableRemove(table, handle) {
  borrowTask?.removeBorrowedHandle();
}`

test('limits stand at each place where glue makes, ends or reads something', () => {
  const { text, imports, instances } = limitGlue(`${tables}
  const { Error: Error$1, getThings } = imports['a:b/c'];
const plain = imports.plain.default;
const module0 = getCoreModule('component.core.wasm');
const decoder = new TextDecoder('utf-16');
instantiateCore(module0, {})
instantiateCore(module0)
new Uint8Array(memory0.buffer.slice(1, 2))`)
  expect(text).toContain("imports['gaesup:crossing'].made();")
  expect(text).toContain("imports['gaesup:crossing'].gone();")
  expect(text).toContain("new imports['gaesup:crossing'].Decoder('utf-16')")
  expect(text).toContain("imports['gaesup:crossing'].slice(memory0.buffer, 1, 2)")
  expect(text).not.toMatch(/_createdReps|new TextDecoder|buffer\.slice|export/)
  expect(text).toMatch(/^function instantiate\([^]*\nreturn instantiate;$/)
  expect(imports).toEqual([
    { module: 'a:b/c', names: ['Error', 'getThings'] },
    { module: 'plain', names: ['default'] },
  ])
  expect(instances).toEqual(['component.core.wasm', 'component.core.wasm'])
})

test.each([
  ['without the place where handles are made', tables.replace('_createdReps.add', 'made')],
  ['with two of them', tables.replace('}\n', 'table._createdReps.add(rep);\n}\n')],
  ['without the place where they end', tables.replace('borrowTask?.', '')],
  ['that starts a module it does not have', `${tables}\ninstantiateCore(module7)`],
  ['without the function that it exports', tables.replace('export', '')],
  ['that exports more', `${tables}\nexport const more = 1`],
  ['that imports', `import 'node:fs'\n${tables}`],
])('glue %s is of another jco, and refused', (_what, text) => {
  expect(() => limitGlue(text)).toThrow(expect.objectContaining({ code: 'RUNTIME_UNAVAILABLE' }))
})

test.each([['funcTypeIsAsync: true'], ['isAsync: true'], ['table.push(scopeId);']])(
  'glue with "%s" is refused',
  (text) => {
    expect(() => limitGlue(text)).toThrow(expect.objectContaining({ code: 'MODULE_UNSUPPORTED' }))
  },
)

test.each([
  ['waitable-set.new', '(core func (canon waitable-set.new))'],
  ['task.return', '(core func (canon task.return))'],
  ['stream.new', '(type $s (stream u8)) (core func (canon stream.new $s))'],
  [
    'async lift',
    `(core module $m (func (export "f") (result i32) i32.const 0) (func (export "g") (param i32 i32 i32) (result i32) i32.const 0))
   (core instance $i (instantiate $m))
   (func (export "f") (canon lift (core func $i "f") async (callback (core func $i "g"))))`,
  ],
])('a component with %s is refused as asynchronous', async (_name, body) => {
  const run = new ContainerManager().run(await assemble(`(component ${body})`))
  await expect(run).rejects.toMatchObject({
    code: 'MODULE_UNSUPPORTED',
    message: expect.stringContaining('asynchronous') as string,
  })
})

test('components that become ten times as many at each level are refused before they do', async () => {
  const grow = (levels: number, times: number): string =>
    Array.from(
      { length: levels },
      (_, n) =>
        `(component $c${n + 1} (alias outer 1 $c${n} (component $x)) ${'(instance (instantiate $x))'.repeat(times)})`,
    ).join('')
  const build = (levels: number, times: number): Promise<Uint8Array> =>
    assemble(
      `(component (component $c0) ${grow(levels, times)} (instance (instantiate $c${levels})))`,
    )
  expect(readComponent(await build(2, 6))).toEqual({ imports: [] })
  for (const bytes of [await build(7, 10), await build(13, 1), await build(1, 13)])
    expect(() => readComponent(bytes)).toThrow(
      expect.objectContaining({ code: 'MODULE_UNSUPPORTED' }),
    )
})

test('types that hold each other twice, many levels deep, are refused', async () => {
  const types = Array.from({ length: 18 }, (_, n) => `(type $t${n + 1} (tuple $t${n} $t${n}))`)
  const bytes = await assemble(`(component (type $t0 u8) ${types.join('')}
    (core module $m (memory (export "m") 1) (func (export "f") (result i32) i32.const 0))
    (core instance $i (instantiate $m))
    (alias core export $i "m" (core memory $mem))
    (func (export "f") (result $t18) (canon lift (core func $i "f") (memory $mem))))`)
  await expect(new ContainerManager().run(bytes)).rejects.toMatchObject({
    code: 'MODULE_UNSUPPORTED',
  })
})

test('what is asynchronous is found inside of other components as well; components that nest too deep are refused', async () => {
  const inner = '(core func (canon waitable-set.new))'
  const nest = (depth: number, body: string): string =>
    depth === 0 ? body : `(component ${nest(depth - 1, body)})`
  expect(() => readComponent(new Uint8Array())).toThrow()
  const [hidden, deep, flat] = await Promise.all(
    [nest(3, inner), nest(20, ''), nest(5, '')].map((text) => assemble(text)),
  )
  for (const bytes of [hidden, deep])
    expect(() => readComponent(bytes ?? new Uint8Array())).toThrow(
      expect.objectContaining({ code: 'MODULE_UNSUPPORTED' }),
    )
  expect(readComponent(flat ?? new Uint8Array())).toEqual({ imports: [] })
})
