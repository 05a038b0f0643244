import type { PreparedModule } from '../../abi/prepare.ts'
import { slim } from '../remote/slim.ts'
import type { Ask } from '../remote/messages.ts'

/** Modules that a worker remembers, so that the next start with one sends its number only. They count beside `cacheSize`. */
const mostKnown = 2

type StartAsk = Extract<Ask, { kind: 'start' }>

/** What a worker is sent: an ask, whose module stands beside it or is known by number. */
export type WorkerMessage =
  | { readonly ask: Exclude<Ask, StartAsk> }
  | {
      readonly ask: Omit<StartAsk, 'prepared'>
      readonly module: number
      readonly prepared?: PreparedModule
      /** Number of a module that is not needed any more. */
      readonly forget?: number
    }

/** The sender's side, one for each worker. */
export class SentModules {
  readonly #numbers = new Map<PreparedModule, number>()
  #last = 0

  wrap(ask: Ask): WorkerMessage {
    if (ask.kind !== 'start') return { ask }
    const { prepared, ...rest } = ask
    const known = this.#numbers.get(prepared)
    if (known !== undefined) {
      this.#numbers.delete(prepared)
      this.#numbers.set(prepared, known)
      return { ask: rest, module: known }
    }
    this.#last += 1
    this.#numbers.set(prepared, this.#last)
    const sent = withoutBytes(prepared)
    return { ask: rest, module: this.#last, prepared: sent, ...this.#evict() }
  }

  #evict(): { forget?: number } {
    const [oldest] = this.#numbers
    if (this.#numbers.size <= mostKnown || oldest === undefined) return {}
    this.#numbers.delete(oldest[0])
    return { forget: oldest[1] }
  }
}

/** The compiled modules cross by themselves; their bytes would be copied for nothing. */
function withoutBytes(prepared: PreparedModule): PreparedModule {
  const sent = { ...slim(prepared), bytes: new Uint8Array() }
  const { component } = prepared
  if (component === undefined) return sent
  const cores = [...component.cores].map(([name, core]) => [name, withoutBytes(core)] as const)
  return { ...sent, component: { ...component, cores: new Map(cores) } }
}

/** The worker's side. */
export class KnownModules {
  readonly #modules = new Map<number, PreparedModule>()

  unwrap(message: WorkerMessage): Ask {
    if (!('module' in message)) return message.ask
    const { ask, module, prepared, forget } = message
    if (forget !== undefined) this.#modules.delete(forget)
    if (prepared !== undefined) this.#modules.set(module, prepared)
    const found = this.#modules.get(module)
    if (found === undefined) throw new TypeError(`There is no module ${module} here.`)
    return { ...ask, prepared: found }
  }
}
