import type * as Source from './source.ts'

/** What gets modules is loaded when the first one comes. */
export const loadSource: typeof Source.loadSource = async (...given) =>
  (await import('./source.ts')).loadSource(...given)
