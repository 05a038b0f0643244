import { ContainerError } from '../errors.ts'
import type { ContainerPorts } from './container-ports.ts'
import type { StateCell } from './state-cell.ts'

/** Saves a container's state in the store: one save at a time, the newest state last. */
export class StateKeeper {
  readonly #key: string
  readonly #store: ContainerPorts['stateStore']
  readonly #initial: unknown
  readonly #onError: (error: unknown) => void
  #next: { readonly state: unknown } | undefined
  #saving: Promise<void> | undefined
  #saved: string | undefined

  constructor(
    { stateKey, stateStore, config }: Pick<ContainerPorts, 'stateKey' | 'stateStore' | 'config'>,
    onError: (error: unknown) => void,
  ) {
    this.#key = stateKey
    this.#store = stateStore
    this.#initial = config.given.initialState
    this.#onError = onError
  }

  /** What was kept; `undefined` for nothing. */
  async #load(): Promise<{ readonly state: unknown } | undefined> {
    if (this.#store === undefined) return undefined
    try {
      const json = await this.#store.load(this.#key)
      if (json === undefined) return undefined
      this.#saved = json
      return { state: JSON.parse(json) as unknown }
    } catch (cause) {
      throw failed('load', this.#key, cause)
    }
  }

  /** The state to begin with: what was kept, else the caller's, else the module's own. */
  async fill(state: StateCell): Promise<void> {
    const kept = await this.#load()
    if (kept !== undefined) await state.set(kept.state)
    else if (this.#initial !== undefined) await state.set(this.#initial)
    state.settle()
  }

  save(state: unknown): void {
    if (this.#store === undefined) return
    this.#next = { state }
    this.#saving ??= this.#saveAll().catch(this.#onError)
  }

  /** Saves what is not saved yet. Rejects with `HOST_FAILED`. */
  async flush(state: () => unknown): Promise<void> {
    if (this.#store === undefined) return
    await this.#saving
    this.#next = { state: state() }
    await this.#saveAll()
  }

  async #saveAll(): Promise<void> {
    try {
      for (let next = this.#next; next !== undefined; next = this.#next) {
        this.#next = undefined
        await this.#saveOne(next.state)
      }
    } finally {
      this.#saving = undefined
    }
  }

  async #saveOne(state: unknown): Promise<void> {
    try {
      // What nests deeper than the stack reaches is no text.
      const json = JSON.stringify(state) as string | undefined
      if (json === undefined || json === this.#saved) return
      await this.#store?.save(this.#key, json)
      this.#saved = json
    } catch (cause) {
      throw failed('save', this.#key, cause)
    }
  }
}

function failed(what: string, key: string, cause: unknown): ContainerError {
  return new ContainerError(
    `The state store could not ${what} the state of "${key}".`,
    'HOST_FAILED',
    {
      cause,
    },
  )
}
