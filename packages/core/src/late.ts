/**
 * Something that is loaded when it is needed first, and is at hand from then on: even for a module that is loaded, `import()` takes tens of
 * microseconds. What fails is tried again by the next who needs it.
 */
export function late<T>(load: () => Promise<T>): () => T | Promise<T> {
  let loaded: { readonly value: T } | undefined
  const keep = (value: T): T => {
    loaded = { value }
    return value
  }
  return () => (loaded === undefined ? load().then(keep) : loaded.value)
}
