import { callableFunctions } from '../../abi/plain.ts'
import { setArgumentsLength } from '../../abi/optional-call.ts'
import { wasiModule } from '../../abi/detect.ts'
import { guestFailed } from '../../abi/errors.ts'
import { noFunction } from '../../abi/no-function.ts'
import type { GuestHost } from '../../abi/guest-host.ts'
import type { GuestImage, StopSignal } from '../../abi/guest.ts'
import { spendText } from '../../abi/output.ts'
import { toNumbers, type CallableFunction } from '../../abi/numbers.ts'
import type { PreparedModule } from '../../abi/prepare.ts'
import type { Senses } from '../../abi/wasi-senses.ts'
import type { HostPlan } from '../remote/host-plan.ts'
import type { DrivenModule } from './add-driver.ts'
import type { Driven } from './driven.ts'
import type { EngineProcess } from './engine-process.ts'
import { NativeInstance } from './native-instance.ts'
import type { NativeRun } from './native-stdio.ts'
import { createNativeWasi } from './native-wasi.ts'
import { fromWord, toWord } from './words.ts'

export interface NativeStart {
  readonly prepared: PreparedModule
  readonly host: GuestHost
  readonly senses: Senses
  /** In words, for errors. */
  readonly engine: string
  readonly startTimeoutMs?: number | undefined
  /** Whether it takes modules with several memories, which plugins of Extism need. */
  readonly hasMemories?: boolean | undefined
  readonly hasTailCalls?: boolean | undefined
  /** Starts the engine with these bytes. */
  readonly open: (bytes: Uint8Array) => EngineProcess
}

/** Does what imports of one module are for. */
export type HostCalls = (name: string, args: readonly bigint[]) => Promise<bigint> | bigint

export interface ModuleParts {
  readonly start: NativeStart
  readonly plan: HostPlan
  readonly driven: DrivenModule
  /** What WASI shows. Default: a reactor's, without arguments and input. */
  readonly run?: NativeRun
  /** By the name that imports have, besides WASI. */
  readonly interfaces?: (module: NativeModule) => Readonly<Record<string, HostCalls>>
  /** Makes a new process ready. */
  readonly onOpen?: (running: Driven) => Promise<void>
}

/** A module in an engine: what all ABIs have in common. */
export class NativeModule {
  readonly prepared: PreparedModule
  readonly driven: DrivenModule
  readonly instance: NativeInstance
  /** What callers may call. */
  readonly functions: Map<string, CallableFunction>
  readonly #interfaces: Readonly<Record<string, HostCalls>>
  /** Bytes that the running call wrote. */
  readonly #output = { bytes: 0 }
  readonly #parts: Pick<ModuleParts, 'start' | 'plan'>

  constructor(parts: ModuleParts) {
    const { start, plan, driven, onOpen } = parts
    this.#parts = parts
    this.prepared = start.prepared
    this.driven = driven
    this.functions = callableFunctions(start.prepared)
    this.instance = new NativeInstance({
      prepared: start.prepared,
      driven,
      limits: { ...plan, meter: start.prepared.plan.meter },
      startTimeoutMs: start.startTimeoutMs,
      isDisposable: start.prepared.abi === 'wasi-command',
      open: () => start.open(driven.bytes),
      onHostCall: (n, args) => this.#onHostCall(n, args),
      ...(onOpen === undefined ? {} : { onOpen }),
    })
    const run = parts.run ?? {
      args: [plan.name],
      stdin: new Uint8Array(),
      onOutput: start.host.onOutput,
    }
    this.#interfaces = {
      [wasiModule]: createNativeWasi({
        plan,
        instance: this.instance,
        run,
        output: this.#output,
        senses: start.senses,
      }),
      ...parts.interfaces?.(this),
    }
  }

  /** Runs what a module runs before its first call, and then `next`. */
  async initialize(next: (running: Driven) => Promise<void>): Promise<void> {
    const { budget } = this.instance
    await this.instance.run(async (running) => {
      const refuel = budget.begin(undefined)
      running.refuel({ ...refuel, fuel: this.prepared.plan.meter?.startFuel ?? refuel.fuel })
      if (this.driven.startSlot !== undefined) await running.call(this.driven.startSlot, [])
      await this.callIfThere(running, '_initialize')
      await next(running)
    })
  }

  /** A call, with fuel and time of its own. */
  within<T>(work: (running: Driven) => Promise<T>, signal?: StopSignal): Promise<T> {
    const { instance } = this
    this.#output.bytes = 0
    return instance.run(
      (running) => {
        running.refuel(instance.budget.begin(signal))
        return work(running)
      },
      { signal },
    )
  }

  /** Checks arguments at once; what it gives makes the call. */
  prepareNumeric(
    callable: CallableFunction,
    list: readonly unknown[],
  ): (running: Driven) => Promise<number | bigint | undefined> {
    const { name, params, required } = callable
    const slot = this.slot(name)
    const args = toNumbers(callable, list).map((value, n) => toWord(value, params[n] ?? 0))
    const optional = required < params.length ? this.slot(setArgumentsLength) : undefined
    const [result] = callable.results
    return async (running) => {
      if (optional !== undefined) await running.call(optional, [BigInt(list.length)])
      const { value } = await running.call(slot, args)
      return result === undefined ? undefined : fromWord(value, result)
    }
  }

  /** What the module logs is a part of its output. Throws `MEMORY_LIMIT`. */
  readonly log: GuestHost['onLog'] = (level, text) => {
    const { start, plan } = this.#parts
    start.host.onLog(level, spendText(this.#output, text, plan.maxOutputBytes))
  }

  callable(name: string): CallableFunction {
    return this.functions.get(name) ?? noFunction(name, this.functions.keys())
  }

  slot(name: string): number {
    return this.driven.functions.get(name)?.slot ?? noFunction(name, this.driven.functions.keys())
  }

  async callIfThere(running: Driven, name: string, args: readonly bigint[] = []): Promise<void> {
    const found = this.driven.functions.get(name)
    if (found !== undefined) await running.call(found.slot, args)
  }

  /** What is the same in the guests of all ABIs. */
  get shared(): Pick<NativeInstance, 'lost'> & {
    readonly capture: () => Promise<GuestImage>
    readonly close: () => Promise<void>
  } {
    const { instance } = this
    return {
      lost: instance.lost,
      capture: () => instance.capture(),
      close: () => instance.close(),
    }
  }

  get memory(): { readonly allocatedBytes: number; readonly usedBytes: number } {
    const allocatedBytes = this.instance.memoryBytes
    return { allocatedBytes, usedBytes: allocatedBytes }
  }

  #onHostCall(n: number, args: readonly bigint[]): Promise<bigint> | bigint {
    const { running } = this.instance
    const asked = this.driven.imports[n]?.name
    if (asked === undefined) return running.garbage('called an import that is not there')
    const at = asked.indexOf('.')
    const calls = this.#interfaces[asked.slice(0, at)]
    return calls?.(asked.slice(at + 1), args) ?? guestFailed(`Nothing provides "${asked}".`)
  }
}
