import type { Load } from '../both/case.ts'
import { behaviours, perform, type Engine } from './behaviours.ts'

/** Without shared memory a signal cannot reach a worker that is inside a module: it is ended. */
const isReachable = typeof SharedArrayBuffer === 'function'

const engines: readonly Engine[] = [
  { runtime: 'browser', execution: 'in-thread', isEndedBy: new Set() },
  {
    runtime: 'browser',
    execution: 'worker',
    isEndedBy: new Set(isReachable ? [] : ['abort']),
  },
]

/** What every engine must do alike, for the engines of a page. */
export const cases: readonly {
  readonly title: string
  readonly run: (load: Load) => Promise<void>
}[] = engines.flatMap((engine) =>
  behaviours.map((behaviour) => ({
    title: `${engine.execution}: ${behaviour.title}`,
    run: (load: Load) => perform(behaviour, engine, load),
  })),
)
