import { globSync, readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { fileURLToPath } from 'node:url'
import { Parser } from 'acorn'
import { expect, test } from 'vitest'
import { blankTypes } from '../../src/compile/blank-types.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const files = globSync('src/{abi,binary,compile,containers,registry,wasi}/**/*.ts', { cwd: root })

/** What a text means, without the places of its parts and without empty statements. */
function meaningOf(source: string): string {
  const program = Parser.parse(source, { ecmaVersion: 'latest', sourceType: 'module' })
  return JSON.stringify(program, (name, value: unknown) => {
    if (name === 'start' || name === 'end') return undefined
    if (typeof value === 'bigint') return String(value)
    return Array.isArray(value)
      ? value.filter((one: { type?: string } | null) => one?.type !== 'EmptyStatement')
      : value
  })
}

function blanked(source: string): string {
  const text = blankTypes(source)
  if (typeof text === 'string') return text
  throw new Error(`${text.line}:${text.column}: ${text.message}`)
}

test('sources of this package mean the same as where Node takes their types out', () => {
  expect(files.length).toBeGreaterThan(100)
  for (const file of files) {
    const source = readFileSync(`${root}${file}`, 'utf8')
    const text = blanked(source)
    expect(text.length, file).toBe(source.length)
    expect(text.split('\n').length, file).toBe(source.split('\n').length)
    expect(meaningOf(text) === meaningOf(stripTypeScriptTypes(source)), file).toBe(true)
  }
})

test.each([
  ['let a = b\ntype X = 1\n[1].map(f)'],
  ['const a = b as any\n[1].map(f)'],
  ['let a: number\n;(f)()'],
  ['let a: number\n(f)()'],
  ['let a!: number'],
  ['const f = (\n  a?: number,\n): {\n  b: 1\n} => a'],
  ['const f = async <T>(a: T): Promise<T> => a'],
  ['class A { private x = 1\n private [y] = 2\n protected *z() {} }'],
  [
    'abstract class A<T> extends B<T> implements C, D { abstract q(): void; abstract k: string; r?: 1 }',
  ],
  [
    'class A extends B { constructor(); constructor(a?: T) { super() } declare w: 1; [k: string]: any; static override async m<T>(this: A, z = 1 as any): Promise<T> { return x! satisfies Y } }',
  ],
  [
    'class A { readonly #x?: number; y!: string; get z(): 1 { return 1 } set z(v: 1) {} "q-r"?: 1; [s]?(): 1 }',
  ],
  ['function f(a: 1): 1\nfunction f(a: any): any { return a }'],
  ['function f(this: A): void {}\nfunction g(this: A, b: 1) {}'],
  [
    'import { type A, b, type C } from "x"\nimport type D from "y"\nexport type { E } from "z"\nexport { type F, G } from "z"',
  ],
  ['export default interface A { a: 1 }\nexport declare const b: 1\nexport abstract class C {}'],
  ['const a = (b) as any, c = (d as any as 1)!, e = <T,>(f: T) => f'],
  ['const a = f<string>("x"), b = new Map<string, () => void>(), c = g<T>`x`'],
  ['for (const a of b as any[]) (a as any).b = a! + 1'],
  ['type A = 1 // 한글 👋\nconst b: "한글 👋" = "한글 👋"'],
  ['const { a, b }: { a: 1; b: 2 } = c, [d]: number[] = e'],
  ['label: for (;;) { try { break label } catch (e: unknown) {} }'],
  ['const as = 1, type = 2, satisfies = as\ntype\n= 3'],
])('blanks mean what Node makes of it: %j', (source) => {
  expect(meaningOf(blanked(source))).toBe(meaningOf(stripTypeScriptTypes(source)))
})

test('a statement of types ends the one before it', () => {
  const source = 'let a = b\ntype X = 1\n;[1].map(f)'
  expect(meaningOf(blanked(source))).toBe(meaningOf('let a = b;[1].map(f)'))
})

test.each([
  ['const a = 1\nenum Color { Red }', 2, 1],
  ['namespace A { export const b = 1 }', 1, 1],
  ['class A { constructor(private b: 1) {} }', 1, 23],
  ['import a = require("a")', 1, 1],
  ['const a = <any>b', 1, 11],
  ['@a class B {}', 1, 1],
  ['const a: = 1', 1, 10],
])(
  'what is more than types, and what is no TypeScript, is refused with its place: %j',
  (source, line, column) => {
    expect(blankTypes(source)).toMatchObject({ severity: 'error', file: 'module.ts', line, column })
  },
)
