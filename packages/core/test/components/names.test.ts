import { afterEach, describe, expect, test } from 'vitest'
import { limitGlue } from '../../src/abi/component/glue.ts'
import { meterExports } from '../../src/binary/meter-exports.ts'
import { ContainerManager, type ContainerInstance } from '../../src/index.ts'
import { fixture } from '../containers/modules.ts'
import { adapt, assemble } from './build.ts'

const run = async (text: string): Promise<ContainerInstance> =>
  new ContainerManager().run(await assemble(text))

const code = `(core module $m (func (export "f") (result i32) (i32.const 7)))
  (core instance $i (instantiate $m))`
const asFunction = (name: string): string =>
  `(component ${code} (func (export "${name}") (result u32) (canon lift (core func $i "f"))))`
const asInterface = (name: string): string =>
  `(component ${code} (func $f (result u32) (canon lift (core func $i "f")))
    (instance $x (export "f" (func $f))) (export "a:b/${name}" (instance $x)))`

describe.each([
  ['a function', asFunction],
  ['an interface', asInterface],
])('%s', (_what, build) => {
  test.each([
    'imports',
    'instantiate-core',
    'get-core-module',
    'module0',
    'exports0',
    'data-view',
    'empty-func',
    'symbol-dispose',
    'rsc-table-remove',
    'get-or-create-async-state',
    'create-new-current-task',
    'undefined',
    'global-this',
    'eval',
    'arguments',
    'gen',
  ])('called %s stands in for nothing of the glue', async (name) => {
    const result = await run(build(name)).then(
      async (container) => container.call(container.functions[0] ?? '', []),
      (error: unknown) => error,
    )
    if (result !== 7) expect(result).toMatchObject({ code: 'MODULE_UNSUPPORTED' })
  })

  test.each(['run', 'tasks', 'list', 'get', 'constructor', 'then', 'to-string', 'proto', 'class'])(
    'may be called %s',
    async (name) => {
      const container = await run(build(name))
      expect(await container.call(container.functions[0] ?? '', [])).toBe(7)
    },
  )
})

describe('core modules', () => {
  const original = WebAssembly.Instance

  afterEach(() => {
    WebAssembly.Instance = original
  })

  test('are started with limits in them, those of adapters and of jco among them', async () => {
    const started: WebAssembly.Module[] = []
    const bytes = await adapt(fixture('command.wasm'), 'command')
    WebAssembly.Instance = class extends original {
      constructor(module: WebAssembly.Module, imports?: WebAssembly.Imports) {
        super(module, imports)
        started.push(module)
      }
    }
    const container = await new ContainerManager().run(bytes)
    expect(await container.call('run', ['a'])).toMatchObject({ stdout: '[a]' })
    const names = started
      .filter((module) => !isBridge(module))
      .map((module) => WebAssembly.Module.exports(module).map(({ name }) => name))
    expect(names.length).toBeGreaterThan(3)
    for (const list of names) expect(list).toContain(meterExports.fuel)
  })

  test.each([
    'WebAssembly.compile(bytes)',
    'new WebAssembly.Module(bytes)',
    'WebAssembly.instantiate(bytes)',
    "import('x')",
    'eval(text)',
    'new Function(text)',
  ])('glue with "%s" is of another jco, and refused', (text) => {
    expect(() => limitGlue(text)).toThrow(expect.objectContaining({ code: 'RUNTIME_UNAVAILABLE' }))
  })
})

/** The one function through which a meter asks for fuel. */
function isBridge(module: WebAssembly.Module): boolean {
  const exports = WebAssembly.Module.exports(module)
  return exports.length === 1 && exports[0]?.name === 't'
}
