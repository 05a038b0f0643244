/**
 * Something that is loaded once, when it is needed first, and is at hand from then on: even for a module that is loaded, `import()` takes tens of
 * microseconds. What fails is tried again by the next who needs it.
 */
export function late<T extends object>(load: () => Promise<T>): () => T | Promise<T> {
  let loaded: T | Promise<T> | undefined
  const first = async (): Promise<T> => {
    try {
      return (loaded = await load())
    } catch (error) {
      loaded = undefined
      throw error
    }
  }
  return () => (loaded ??= first())
}
