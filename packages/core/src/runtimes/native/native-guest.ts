import { noFunction, callableFunctions } from '../../abi/plain.ts'
import { setArgumentsLength } from '../../abi/optional-call.ts'
import { wasiModule } from '../../abi/detect.ts'
import type { GuestHost } from '../../abi/guest-host.ts'
import type { Guest, GuestImage, GuestState, StopSignal } from '../../abi/guest.ts'
import { fromNumbers, toNumbers, type CallableFunction } from '../../abi/numbers.ts'
import type { PreparedModule } from '../../abi/prepare.ts'
import { readAbiSection } from '../../abi/section.ts'
import { ContainerError, ContainerStartupError } from '../../errors.ts'
import { isFinal } from '../../containers/endings.ts'
import { addDriver, type DrivenModule } from './add-driver.ts'
import type { Driven } from './driven.ts'
import type { EngineProcess } from './engine-process.ts'
import { isJson, NativeJson } from './native-json.ts'
import { mutableGlobals, NativeInstance } from './native-instance.ts'
import { createGaesup, type Held } from './native-gaesup.ts'
import { planFor } from './native-plan.ts'
import { createNativeWasi } from './native-wasi.ts'
import { fromWord, toWord } from './words.ts'

/** Exported globals that are looked at after each call. */
const watchedGlobals = ['gsp_state_version', 'gsp_memory_used'] as const

export interface NativeStart {
  readonly prepared: PreparedModule
  readonly host: GuestHost
  /** In words, for errors. */
  readonly engine: string
  readonly startTimeoutMs?: number | undefined
  /** Starts the engine with these bytes. */
  readonly open: (bytes: Uint8Array) => EngineProcess
}

/** Starts a module in a native engine. Rejects with `ContainerError`s. */
export async function startNativeGuest(start: NativeStart): Promise<Guest> {
  const { prepared, host, engine } = start
  const plan = planFor(start)
  const watched = watchedGlobals.flatMap((name) => {
    const found = prepared.shape.exports.get(name)
    return found?.kind === 'global' ? [{ name, ...found.global }] : []
  })
  const driven = addDriver(prepared.bytes, [...mutableGlobals(prepared), ...watched])
  const output = { bytes: 0 }
  const held: Held = { state: undefined, version: 0 }
  const late: { instance?: NativeInstance } = {}
  const instance = (): NativeInstance => {
    if (late.instance === undefined) throw new TypeError('The module does not run yet.')
    return late.instance
  }
  const json = new NativeJson(driven)
  const wasi = createNativeWasi({ plan, instance, onOutput: host.onOutput, output })
  const gaesup = createGaesup({ instance, host, held, json })
  const onHostCall = (n: number, args: readonly bigint[]): Promise<bigint> | bigint => {
    const [module, name] = splitName(
      driven.imports[n]?.name ?? instance().running.garbage('called an import that is not there'),
    )
    return module === wasiModule ? wasi(name, args) : gaesup(name, args)
  }
  late.instance = new NativeInstance({
    prepared,
    driven,
    limits: { ...plan, meter: prepared.plan.meter },
    startTimeoutMs: start.startTimeoutMs,
    open: () => start.open(driven.bytes),
    onHostCall,
  })
  const guest = new NativeGuest({ prepared, driven, instance: late.instance, held, json, output })
  await initialize(guest, late.instance, engine)
  return guest.toGuest()
}

function splitName(name: string): [string, string] {
  const at = name.indexOf('.')
  return [name.slice(0, at), name.slice(at + 1)]
}

async function initialize(
  guest: NativeGuest,
  instance: NativeInstance,
  engine: string,
): Promise<void> {
  try {
    await guest.initialize()
  } catch (cause) {
    await instance.close()
    if (cause instanceof ContainerError && cause.code === 'RUNTIME_LOST') {
      throw new ContainerStartupError(
        `${engine} did not start the module: ${cause.message}`,
        'STARTUP_FAILED',
        { cause },
      )
    }
    if (!(cause instanceof ContainerError)) throw cause
    throw new ContainerStartupError(
      `The module's start function failed: ${cause.message}`,
      'STARTUP_FAILED',
      { cause },
    )
  }
}

interface Parts {
  readonly prepared: PreparedModule
  readonly driven: DrivenModule
  readonly instance: NativeInstance
  readonly held: Held
  readonly json: NativeJson
  readonly output: { bytes: number }
}

class NativeGuest {
  readonly #parts: Parts
  readonly #functions: Map<string, CallableFunction>
  readonly #numeric: readonly string[]
  readonly #watched = new Map<string, bigint>()
  /** What the module's own state was after the last call. */
  #state: { readonly value: unknown } | { readonly error: unknown } = { value: undefined }
  #stateVersion = 0
  #seen: bigint | undefined

  constructor(parts: Parts) {
    this.#parts = parts
    this.#functions = callableFunctions(parts.prepared)
    this.#numeric = readAbiSection(parts.prepared.shape).numeric
  }

  async initialize(): Promise<void> {
    const { driven, instance, prepared } = this.#parts
    await instance.run(async (running) => {
      const refuel = instance.budget.begin(undefined)
      running.refuel({ ...refuel, fuel: prepared.plan.meter?.startFuel ?? refuel.fuel })
      if (driven.startSlot !== undefined) await running.call(driven.startSlot, [])
      const { slot } = driven.functions.get('_initialize') ?? {}
      if (slot !== undefined) await running.call(slot, [])
      await this.#look(running)
    })
  }

  toGuest(): Guest {
    const { prepared, instance, held } = this.#parts
    const state = this.#stateSource()
    const hasHealth = this.#parts.driven.functions.has('gsp_health')
    return {
      abi: prepared.abi,
      functions: [...this.#functions.keys()],
      lost: instance.lost,
      call: (name, { list }, { signal }) => this.#call(name, list, signal),
      memory: () => this.#memory(),
      ...(state === undefined ? {} : { state }),
      ...(hasHealth ? { health: () => this.#health() } : {}),
      capture: async (): Promise<GuestImage> => ({
        ...(await instance.capture()),
        ...(prepared.abi === 'native' ? { extra: { ...held } } : {}),
      }),
      restore: async (image) => {
        await instance.restore(image)
        Object.assign(held, image.extra)
        await this.#within((running) => this.#look(running))
      },
      close: () => instance.close(),
    }
  }

  async #call(
    name: string,
    list: readonly unknown[],
    signal: StopSignal | undefined,
  ): Promise<unknown> {
    const callable = this.#functions.get(name) ?? noFunction(name, this.#functions.keys())
    const isText =
      this.#parts.prepared.abi === 'native' && isJson(callable) && !this.#numeric.includes(name)
    const work = isText
      ? this.#parts.json.prepare(name, list)
      : this.#prepareNumeric(callable, list)
    this.#parts.output.bytes = 0
    try {
      return await this.#within(async (running) => {
        const value = await work(running)
        await this.#look(running)
        return value
      }, signal)
    } catch (error) {
      if (!isFinal(error)) await this.#lookAgain()
      throw error
    }
  }

  /** What a call that failed left behind. */
  async #lookAgain(): Promise<void> {
    try {
      await this.#within((running) => this.#look(running))
    } catch (error) {
      this.#state = { error }
      this.#stateVersion += 1
    }
  }

  #prepareNumeric(
    callable: CallableFunction,
    list: readonly unknown[],
  ): (running: Driven) => Promise<unknown> {
    const { functions } = this.#parts.driven
    const { name, params, required } = callable
    const { slot } = functions.get(name) ?? noFunction(name, functions.keys())
    const args = toNumbers(callable, list).map((value, n) => toWord(value, params[n] ?? 0))
    const optional = required < params.length ? functions.get(setArgumentsLength)?.slot : undefined
    const [result] = callable.results
    return async (running) => {
      if (optional !== undefined) await running.call(optional, [BigInt(list.length)])
      const { value } = await running.call(slot, args)
      return result === undefined ? undefined : fromNumbers(fromWord(value, result))
    }
  }

  /** Like a call, with fuel and time of its own. */
  #within<T>(work: (running: Driven) => Promise<T>, signal?: StopSignal): Promise<T> {
    const { instance } = this.#parts
    return instance.run(
      (running) => {
        running.refuel(instance.budget.begin(signal))
        return work(running)
      },
      { signal },
    )
  }

  /** Reads what can be asked for between calls without asking. */
  async #look(running: Driven): Promise<void> {
    const { prepared, driven, json } = this.#parts
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
    const allocatedBytes = this.#parts.instance.memoryBytes
    const used = this.#watched.get('gsp_memory_used')
    const usedBytes = used === undefined ? allocatedBytes : Math.min(Number(used), allocatedBytes)
    return { allocatedBytes, usedBytes }
  }

  #stateSource(): GuestState | undefined {
    const { prepared, held, json, driven } = this.#parts
    if (prepared.abi !== 'native') return undefined
    if (driven.functions.has('gsp_state')) {
      return {
        version: () => this.#stateVersion,
        read: () => {
          if ('error' in this.#state) throw this.#state.error
          return this.#state.value
        },
        write: (value) =>
          this.#within(async (running) => {
            await json.writeState(running, value)
            this.#seen = undefined
            await this.#look(running)
          }),
      }
    }
    const { importedTypes } = prepared.shape
    if (!importedTypes.has('gaesup.state_set') && !importedTypes.has('gaesup.state_get'))
      return undefined
    return {
      version: () => held.version,
      read: () => held.state,
      write(value) {
        held.state = value
        held.version += 1
      },
    }
  }

  #health(): Promise<number> {
    const { slot = 0 } = this.#parts.driven.functions.get('gsp_health') ?? {}
    return this.#within(async (running) =>
      Number(BigInt.asIntN(32, (await running.call(slot, [])).value)),
    )
  }
}
