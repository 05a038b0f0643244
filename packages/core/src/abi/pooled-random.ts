/** Asking an engine for a few bytes costs nearly as much as for so many. */
const poolBytes = 1024

/** The same bytes from a store of them; what was given is not kept there. */
export function createPooledRandom(random: (into: Uint8Array) => void): (into: Uint8Array) => void {
  let pool: Uint8Array | undefined
  let used = poolBytes
  return (into) => {
    if (into.length > poolBytes / 4) return random(into)
    pool ??= new Uint8Array(poolBytes)
    if (used + into.length > poolBytes) {
      random(pool)
      used = 0
    }
    into.set(pool.subarray(used, used + into.length))
    pool.fill(0, used, used + into.length)
    used += into.length
  }
}
