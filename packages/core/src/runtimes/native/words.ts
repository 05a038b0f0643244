const i32 = 0x7f
const i64 = 0x7e
const f32 = 0x7d
const view = new DataView(new ArrayBuffer(8))

/** A value as the 64 bits in which it crosses. */
export function toWord(value: number | bigint, type: number): bigint {
  if (type === i64) return BigInt.asUintN(64, BigInt(value))
  if (type === i32) return BigInt(Number(value) >>> 0)
  if (type === f32) {
    view.setFloat32(0, Number(value))
    return BigInt(view.getUint32(0))
  }
  view.setFloat64(0, Number(value))
  return view.getBigUint64(0)
}

export function fromWord(word: bigint, type: number): number | bigint {
  if (type === i64) return BigInt.asIntN(64, word)
  if (type === i32) return Number(BigInt.asIntN(32, word))
  if (type === f32) {
    view.setUint32(0, Number(BigInt.asUintN(32, word)))
    return view.getFloat32(0)
  }
  view.setBigUint64(0, word)
  return view.getFloat64(0)
}
