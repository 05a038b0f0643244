/** Where `latestOf` gets its values. */
export interface LatestOptions<T> {
  readonly signal: AbortSignal
  /** Starts the flow of values; the returned function ends it. */
  readonly subscribe: (push: (value: T) => void) => () => void
  readonly onEnd: () => void
}

/** An iterator that always has the newest value only: a slow reader skips what is out of date. */
export const latestOf = <T>(options: LatestOptions<T>): AsyncIterableIterator<T> => {
  let waiting: { readonly value: T } | undefined
  let wake: () => void = () => {}
  let ended = false
  const unsubscribe = options.subscribe((value) => {
    waiting = { value }
    wake()
  })
  const end = (): void => {
    if (ended) return
    ended = true
    options.signal.removeEventListener('abort', end)
    unsubscribe()
    options.onEnd()
    wake()
  }
  if (options.signal.aborted) end()
  else options.signal.addEventListener('abort', end, { once: true })
  return {
    next: async () => {
      while (!ended && waiting === undefined) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
      const taken = waiting
      waiting = undefined
      return ended || taken === undefined
        ? { done: true, value: undefined }
        : { done: false, value: taken.value }
    },
    return: async () => {
      end()
      return { done: true, value: undefined }
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}
