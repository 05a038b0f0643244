import { expect, test } from 'vitest'
import { compileBytes } from '../../src/compile/index.ts'
import { signaturesInSource } from '../../src/compile/source-signatures.ts'
import { ContainerManager } from '../../src/index.ts'

const quickjs = { engine: 'quickjs' } as const

test('a function that says it takes four thousand million parameters has 255 of them', async () => {
  const source = `export const f = () => 7\nObject.defineProperty(f, 'length', { value: 4294967295 })`
  const { bytes, exports } = await compileBytes(source, quickjs)
  expect(exports.map(({ name, parameters }) => [name, parameters.length])).toEqual([['f', 255]])
  const manager = new ContainerManager()
  expect(await (await manager.run(bytes)).call('f')).toBe(7)
  await manager.cleanup()
})

test.each([
  ['names that are none', `[[{}, 1]]`],
  ['a name that no module can have', `[['\\ud800', 1]]`],
  ['lengths that are none', `[['f', 'x'], ['g', -1], ['h', null]]`],
  ['a list that is none', `'text'`],
  ['a million functions', `Array.from({ length: 1000000 }, (_, n) => ['f' + n, 0])`],
  ['names of the host', `[['gsp_alloc', 0]]`],
  ['the memory', `[['memory', 0]]`],
])('a script that says it exports %s is refused', async (_, list) => {
  const source = `
    export const f = () => 7
    const told = ${list}
    const map = Array.prototype.map
    Array.prototype.map = function (...given) {
      return typeof this[0]?.[1] === 'function' ? told : map.apply(this, given)
    }`
  await expect(compileBytes(source, quickjs)).rejects.toMatchObject({
    name: 'CompilationError',
    code: 'COMPILATION_FAILED',
    details: [{ severity: 'error' }],
  })
})

test('a script may say that a function is there twice, and has it once', async () => {
  const source = `
    export const f = () => 7
    Array.prototype.map = () => [['f', 0], ['f', 0]]`
  const { bytes } = await compileBytes(source, quickjs)
  const manager = new ContainerManager()
  expect((await manager.run(bytes)).functions).toEqual(['f'])
  await manager.cleanup()
})

test('half a million blanks before every part of a function are looked at once', () => {
  const blanks = ' '.repeat(500_000)
  for (const source of [
    `/* export function${blanks}x */ export const g = () => 1`,
    `/* export function${blanks}*${blanks}x */`,
    `/* export function g(a)${blanks}: number${blanks}x */`,
    `/* export function g(a):${blanks}x${blanks}\n${blanks}x */`,
    `/* ${'export function g() : '.repeat(20_000)} */`,
  ])
    expect(signaturesInSource(source, [['g', 1]])).toHaveLength(1)
})

test.each([
  ['export function f(a: number): string { return "" }', 'string'],
  ['export async function f ( a : number ) : Promise<string>\n{ return "" }', 'string'],
  ['export function * f(a: number) {}', 'object'],
  ['export function f(a: number)\n{ return 1 }', 'object'],
])('and what a function takes and gives is found all the same: %s', (source, type) => {
  const [found] = signaturesInSource(source, [['f', 1]])
  expect(found).toMatchObject({
    parameters: [{ name: 'a', type: { type: 'number' } }],
    returnType: { type },
  })
})
