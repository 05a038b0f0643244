/** Runs work that is done at once or later; `after` runs when it is done, well or not. */
export function finishing<T>(work: () => T, after: () => void): T {
  let result: T
  try {
    result = work()
  } catch (error) {
    after()
    throw error
  }
  if (result instanceof Promise) return result.finally(after) as T
  after()
  return result
}

/** `onError` is told what the work throws, now or later, before the caller gets it. */
export function watched<T>(work: () => T, onError: (error: unknown) => void): T {
  const rethrow = (error: unknown): never => {
    onError(error)
    throw error
  }
  try {
    const result = work()
    return result instanceof Promise ? (result.catch(rethrow) as T) : result
  } catch (error) {
    return rethrow(error)
  }
}
