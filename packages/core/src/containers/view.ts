import type { ContainerView } from './types.ts'

/** The view before, where nothing of it changed: `useSyncExternalStore` takes another object for a change. */
export function keepView(before: ContainerView | undefined, now: ContainerView): ContainerView {
  const isSame =
    before?.version === now.version && before.status === now.status && before.error === now.error
  return isSame ? before : now
}
