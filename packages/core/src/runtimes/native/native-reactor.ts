import type { Guest, GuestImage, GuestState, StopSignal } from '../../abi/guest.ts'
import { keptState, type KeptState } from '../../abi/kept-state.ts'
import { fromNumbers } from '../../abi/numbers.ts'
import { readAbiSection } from '../../abi/section.ts'
import { isFinal } from '../../containers/endings.ts'
import { ContainerError } from '../../errors.ts'
import type { HostPlan } from '../remote/host-plan.ts'
import { addDriver } from './add-driver.ts'
import type { Driven } from './driven.ts'
import { createGaesup } from './native-gaesup.ts'
import { mutableGlobals } from './native-instance.ts'
import { isJson, NativeJson } from './native-json.ts'
import { NativeModule, type NativeStart } from './native-module.ts'

/** Exported globals that are looked at after each call. */
const watchedGlobals = ['gsp_state_version', 'gsp_memory_used'] as const

/** Modules of our own ABI, and of numeric functions with or without WASI. */
export async function startNativeReactor(start: NativeStart, plan: HostPlan): Promise<Guest> {
  const { prepared, host, senses } = start
  const watched = watchedGlobals.flatMap((name) => {
    const found = prepared.shape.exports.get(name)
    return found?.kind === 'global' ? [{ name, ...found.global }] : []
  })
  const driven = addDriver(prepared.bytes, [...mutableGlobals(prepared), ...watched])
  const held: KeptState = { state: undefined, version: 0 }
  const json = new NativeJson(driven)
  const module = new NativeModule({
    start,
    plan,
    driven,
    interfaces: ({ instance, log }) => ({
      gaesup: createGaesup({ instance, emit: host.emit, log, senses, held, json }),
    }),
  })
  const guest = new ReactorGuest({ module, held, json })
  try {
    await module.initialize((running) => guest.look(running))
  } catch (error) {
    await module.instance.close()
    throw error
  }
  return guest.toGuest()
}

interface Parts {
  readonly module: NativeModule
  readonly held: KeptState
  readonly json: NativeJson
}

class ReactorGuest {
  readonly #parts: Parts
  readonly #numeric: readonly string[]
  readonly #watched = new Map<string, bigint>()
  /** What the module's own state was after the last call. */
  #state: { readonly value: unknown } | { readonly error: unknown } = { value: undefined }
  #stateVersion = 0
  #seen: bigint | undefined

  constructor(parts: Parts) {
    this.#parts = parts
    this.#numeric = readAbiSection(parts.module.prepared.shape).numeric
  }

  toGuest(): Guest {
    const { module, held } = this.#parts
    const { abi } = module.prepared
    const state = this.#stateSource()
    const hasHealth = module.driven.functions.has('gsp_health')
    return {
      ...module.shared,
      abi,
      functions: [...module.functions.keys()],
      call: (name, { list }, { signal }) => this.#call(name, list, signal),
      memory: () => this.#memory(),
      ...(state === undefined ? {} : { state }),
      ...(hasHealth ? { health: () => this.#health() } : {}),
      capture: async (): Promise<GuestImage> => ({
        ...(await module.instance.capture()),
        ...(abi === 'native' ? { extra: { ...held } } : {}),
      }),
      restore: async (image) => {
        await module.instance.restore(image)
        Object.assign(held, image.extra)
        await module.within((running) => this.look(running))
      },
    }
  }

  async #call(
    name: string,
    list: readonly unknown[],
    signal: StopSignal | undefined,
  ): Promise<unknown> {
    const { module, json } = this.#parts
    const callable = module.callable(name)
    const isText =
      module.prepared.abi === 'native' && isJson(callable) && !this.#numeric.includes(name)
    const work = isText ? json.prepare(name, list) : module.prepareNumeric(callable, list)
    try {
      return await module.within(async (running) => {
        const value = await work(running)
        await this.look(running)
        return isText ? value : fromNumbers(value)
      }, signal)
    } catch (error) {
      if (!isFinal(error)) await this.#lookAgain()
      throw error
    }
  }

  /** What a call that failed left behind. */
  async #lookAgain(): Promise<void> {
    try {
      await this.#parts.module.within((running) => this.look(running))
    } catch (error) {
      this.#state = { error }
      this.#stateVersion += 1
    }
  }

  /** Reads what can be asked for between calls without asking. */
  async look(running: Driven): Promise<void> {
    const { module, json } = this.#parts
    const { prepared, driven } = module
    const first = mutableGlobals(prepared).length
    const names = watchedGlobals.filter(
      (name) => prepared.shape.exports.get(name)?.kind === 'global',
    )
    for (const [n, name] of names.entries())
      this.#watched.set(name, await running.getGlobal(first + n))
    if (prepared.abi !== 'native' || !driven.functions.has('gsp_state')) return
    const version = this.#watched.get('gsp_state_version')
    if (version !== undefined && version === this.#seen) return
    this.#seen = version
    this.#stateVersion += 1
    try {
      this.#state = { value: await json.read(running, 'gsp_state') }
    } catch (error) {
      if (running.isStopped || !(error instanceof ContainerError)) throw error
      this.#state = { error }
    }
  }

  #memory(): { allocatedBytes: number; usedBytes: number } {
    const allocatedBytes = this.#parts.module.instance.memoryBytes
    const used = this.#watched.get('gsp_memory_used')
    const usedBytes = used === undefined ? allocatedBytes : Math.min(Number(used), allocatedBytes)
    return { allocatedBytes, usedBytes }
  }

  #stateSource(): GuestState | undefined {
    const { module, held, json } = this.#parts
    const { prepared, driven } = module
    if (prepared.abi !== 'native') return undefined
    if (driven.functions.has('gsp_state')) {
      return {
        version: () => this.#stateVersion,
        read: () => {
          if ('error' in this.#state) throw this.#state.error
          return this.#state.value
        },
        write: (value) =>
          module.within(async (running) => {
            await json.writeState(running, value)
            this.#seen = undefined
            await this.look(running)
          }),
      }
    }
    return keptState(prepared.shape, held)
  }

  #health(): Promise<number> {
    const { module } = this.#parts
    const slot = module.slot('gsp_health')
    return module.within(async (running) =>
      Number(BigInt.asIntN(32, (await running.call(slot, [])).value)),
    )
  }
}
