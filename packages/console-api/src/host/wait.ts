import type { Clock } from '../clock.ts'
import { ConsoleApiError } from '../errors.ts'
import type { Lease, Pool, Waiter } from './pool.ts'
import type { FunctionTarget } from './types.ts'

export interface Wait {
  readonly pool: Pool
  readonly target: FunctionTarget
  readonly signal: AbortSignal
  readonly order: number
  readonly clock: Clock
  /** How long the line may stand still. */
  readonly maxQueueMs: number
  /** When, on the monotonic clock, a call before this one got its turn last. */
  readonly movedMs: () => number
}

/** Puts a call at the end of its pool's queue; it leaves by itself when its signal fires or its line stands still. */
export function wait(options: Wait): Promise<Lease> {
  const { pool, target, signal, order } = options
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      stopWatching()
      signal.removeEventListener('abort', onAbort)
    }
    const waiter: Waiter = {
      target,
      order,
      grant: (lease) => (leave(), resolve(lease)),
      refuse: (error) => (leave(), reject(error)),
    }
    const giveUp = (error: Error): void => {
      const place = pool.queue.indexOf(waiter)
      if (place === -1) return
      pool.queue.splice(place, 1)
      waiter.refuse(error)
    }
    const onAbort = (): void =>
      giveUp(new ConsoleApiError('CANCELLED', 'the caller went away while the call was waiting'))
    const stopWatching = watchLine(options, () =>
      giveUp(busy(`no call got its turn for ${options.maxQueueMs / 1000} s`)),
    )
    signal.addEventListener('abort', onAbort, { once: true })
    pool.queue.push(waiter)
  })
}

function watchLine({ clock, maxQueueMs, movedMs }: Wait, onStill: () => void): () => void {
  const queuedMs = clock.monotonicMs()
  let cancel = (): void => undefined
  const look = (): void => {
    const stillMs = clock.monotonicMs() - Math.max(queuedMs, movedMs())
    if (stillMs >= maxQueueMs) onStill()
    else cancel = clock.after(maxQueueMs - stillMs, look)
  }
  look()
  return () => cancel()
}

/** BUSY, with what the caller can do about it. */
export function busy(why: string): ConsoleApiError {
  return new ConsoleApiError('BUSY', `${why}: try again in a moment`, {
    headers: { 'retry-after': '1' },
  })
}
