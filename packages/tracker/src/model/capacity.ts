const most = 512

/** The next size of arrays that are full: an eighth more, but no more than 512 places, which is all that can stand empty. */
export const nextCapacity = (needed: number): number =>
  Math.ceil(needed + Math.min(most, Math.max(16, needed / 8)))

/** A wider array with the numbers of another. */
export const widen = <T extends Float64Array | Uint16Array | Uint8Array>(from: T, to: T): T => {
  to.set(from)
  return to
}
