import { ContainerError } from '../../../src/index.ts'
import { assemble, i32, i64 } from '../../binary/assemble.ts'

const f64 = 0x7c
const get = (n: number): readonly number[] => [0x20, n]
const times10 = [0x41, 10, 0x6c]
const add = 0x6a
/** The arguments as the digits of a number. */
const digits = (count: number): number[] =>
  Array.from({ length: count }, (_, n) => (n === 0 ? get(0) : [...times10, ...get(n), add])).flat()
const whole = (count: number): number[] => Array.from({ length: count }, () => i32)

/** Functions of numbers of all types, with none to five parameters. */
export const numbersModule: Uint8Array = assemble({
  functions: [
    { results: [i32], code: [0x41, 7], export: 'none' },
    { params: [i32], results: [i32], code: digits(1), export: 'whole' },
    { params: [f64, f64], results: [f64], code: [...get(0), ...get(1), 0xa0], export: 'real' },
    { params: [i64], results: [i64], code: [...get(0)], export: 'long' },
    { params: whole(4), results: [i32], code: digits(4), export: 'four' },
    { params: whole(5), results: [i32], code: digits(5), export: 'five' },
    { params: [i32], code: [], export: 'silent' },
  ],
})

/** `ask` gives what the host's `env.f` gives. */
export const askingModule: Uint8Array = assemble({
  imported: [{ params: [], results: [i32], from: { module: 'env', name: 'f' } }],
  functions: [{ results: [i32], code: [0x10, 0], export: 'ask' }],
})

/** Why a result was not given at once. */
export function reasonOf(work: () => unknown): unknown {
  try {
    return `the value ${JSON.stringify(work())}`
  } catch (error) {
    if (!(error instanceof ContainerError) || error.code !== 'WOULD_WAIT') return String(error)
    return (error.details as { readonly reason: unknown }).reason
  }
}
