import { fixture, native } from '../containers/modules.ts'
import type { Load } from '../both/case.ts'

/** Fixtures by name; the one of our own ABI with its section. */
export const loadFixture: Load = (name) => {
  if (name === 'native.wasm') return Promise.resolve(native)
  return Promise.resolve(fixture(name === 'workloads.wasm' ? `../meter/${name}` : name))
}
