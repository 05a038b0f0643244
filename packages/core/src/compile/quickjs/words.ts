import { ByteSink } from '../../binary/byte-sink.ts'

// Instructions of WebAssembly, as bytes.

const signed = (value: number): number[] => [...new ByteSink().s64(BigInt(value)).finish()]
const unsigned = (value: number): number[] => [...new ByteSink().u32(value).finish()]
export const constant = (value: number): number[] => [0x41, ...signed(value | 0)]
export const call = (index: number): number[] => [0x10, ...unsigned(index)]
export const get = (local: number): number[] => [0x20, local]
export const set = (local: number): number[] => [0x21, local]
export const getGlobal = (index: number): number[] => [0x23, index]
export const setGlobal = (index: number): number[] => [0x24, index]
export const load: number[] = [0x28, 2, 0]
export const storeLong: number[] = [0x37, 3, 0]
export const store = (offset: number): number[] => [0x36, 2, offset]
export const when = (...code: readonly number[][]): number[] => [0x04, 0x40, ...code.flat(), 0x0b]
export const repeatWhile = (condition: readonly number[]): number[] => [
  0x03,
  0x40,
  ...condition,
  0x0d,
  0,
  0x0b,
]
export const trap: number[] = [0x00]
export const leave: number[] = [0x0f]
/** The i64 at an address becomes an f64 from 0 to below 1: its upper 53 bits, by 2^-53. */
export const toFraction: number[] = [
  0x29, 3, 0, 0x42, 11, 0x88, 0xba, 0x44, 0, 0, 0, 0, 0, 0, 0xa0, 0x3c, 0xa2,
]
export const isZero: number[] = [0x45]
export const isOther: number[] = [0x47]
export const isSame: number[] = [0x46]
export const isGreater: number[] = [0x4a]
export const plus: number[] = [0x6a]
export const subtract: number[] = [0x6b]
export const loadByte: number[] = [0x2d, 0, 0]
export const copyMemory: number[] = [0xfc, 10, 0, 0]
export const toLong: number[] = [0xad]
export const toInt: number[] = [0xa7]
/** An i32 becomes the high half of an i64; another the low half. */
export const toHighHalf: number[] = [...toLong, 0x42, 32, 0x86]
export const orLowHalf: number[] = [...toLong, 0x84]
