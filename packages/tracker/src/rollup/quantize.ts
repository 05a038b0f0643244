/** Stands for "no measurement". */
export const emptyCode = 0xffff

const codes = 0xfffe
const smallest = 1e-3
const largest = 1e15
const step: number = Math.log(largest / smallest) / (codes - 1)

/** A value as 16 bits on a logarithmic scale from 0.001 to 10^15; the error is at most 0.04 %. Zero stays zero. */
export const toCode = (value: number): number => {
  if (!(value >= smallest)) return 0
  return Math.min(codes, 1 + Math.round(Math.log(value / smallest) / step))
}

/** The value of a code; NaN for the empty one. */
export const fromCode = (code: number): number => {
  if (code === emptyCode) return Number.NaN
  return code === 0 ? 0 : smallest * Math.exp((code - 1) * step)
}
