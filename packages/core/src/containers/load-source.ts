import { late } from '../late.ts'
import type * as Source from './source.ts'

const source = late(() => import('./source.ts'))

/** What gets modules is loaded when the first one comes. */
export const loadSource: typeof Source.loadSource = async (...given) =>
  (await source()).loadSource(...given)
