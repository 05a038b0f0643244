/**
 * V8 takes the share of functions below 50 bytes as a sign of how little the toolchain has inlined: from a half on it lets a function grow to
 * five times its length, at a quarter to twice.
 *
 * @see https://chromium.googlesource.com/v8/v8/+/main/src/wasm/inlining-tree.h (`BudgetScaleFactor`)
 */
const shortBytes = 50
/** Where there are more functions, a module keeps its share: engines take a million. */
const mostFunctions = 50_000

/** No locals, and the end. */
const emptyBody = Uint8Array.of(0, 0x0b)

/**
 * The meter makes short functions longer, so that an engine inlines less than in the module as it was. Gives as many functions that do
 * nothing as make half of all short.
 */
export function emptyFunctions(bodies: readonly Uint8Array[]): Uint8Array[] {
  const short = bodies.filter(({ length }) => length < shortBytes).length
  const length = bodies.length > mostFunctions ? 0 : Math.max(0, bodies.length - 2 * short)
  return Array.from({ length }, () => emptyBody)
}
