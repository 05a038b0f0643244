import { gzipSync } from 'node:zlib'
import { compileBytes, type CompileOptions } from '../../src/compile/index.ts'
import { describeInBoth } from '../both/describe-in-both.ts'
import { fixture } from '../containers/modules.ts'
import { tar } from '../registry/archive.ts'
import { cases } from './cases.ts'
import { compiledSources } from './compile-cases.ts'

const compiled = new Map<string, Promise<Uint8Array>>()

describeInBoth({
  cases,
  from: new URL('cases.ts', import.meta.url),
  async load(name) {
    if (name === 'package.tgz')
      return gzipSync(tar([{ name: 'package/a.wasm', bytes: fixture('native.wasm') }]))
    if (!name.startsWith('compiled/')) return fixture(name)
    const found = compiled.get(name) ?? compile(name)
    compiled.set(name, found)
    return found
  },
})

async function compile(name: string): Promise<Uint8Array> {
  if (name === 'compiled/debug-and-imports') {
    const source = `export function f(): i32 { return twice(21) }
export function spin(): void { while (true) {} }`
    const imports = { host: { twice: '(n: i32): i32' } }
    return (await compileBytes(source, { debug: true, imports })).bytes
  }
  const [, engine = '', target, optimization] = name.split('/')
  const options = { engine, target, optimization } as CompileOptions
  const source = compiledSources[engine as keyof typeof compiledSources]
  return (await compileBytes(source, options)).bytes
}
