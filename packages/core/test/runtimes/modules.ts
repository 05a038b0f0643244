import { fixture, native } from '../containers/modules.ts'
import { compileBytes } from '../../src/compile/index.ts'
import type { Load } from '../both/case.ts'

const script = `export const now = (): number => Date.now()
export const roll = (): number => Math.random()`
const ofMeter = new Set(['workloads.wasm', 'tail-calls.wasm'])
let compiled: Promise<Uint8Array> | undefined

/** Fixtures by name; the one of our own ABI with its section, and a script. */
export const loadFixture: Load = (name) => {
  if (name === 'script.wasm')
    return (compiled ??= compileBytes(script, { engine: 'quickjs' }).then(({ bytes }) => bytes))
  if (name === 'native.wasm') return Promise.resolve(native)
  return Promise.resolve(fixture(ofMeter.has(name) ? `../meter/${name}` : name))
}
