import type { RecordStore } from '../src/index.ts'

export interface Breakable<R> {
  readonly store: RecordStore<R>
  readonly state: { broken: boolean }
}

/** A store that fails while it is broken, with words that clients must not see. */
export const createBreakable = <R>(store: RecordStore<R>): Breakable<R> => {
  const state = { broken: false }
  const guard = async <T>(work: () => Promise<T>): Promise<T> => {
    if (state.broken) throw Object.assign(new Error('EROFS: /secret/place'), { code: 'EROFS' })
    return work()
  }
  const breakable: RecordStore<R> = {
    load: () => store.load(),
    save: (record) => guard(() => store.save(record)),
    remove: (id) => guard(() => store.remove(id)),
  }
  return { store: breakable, state }
}
