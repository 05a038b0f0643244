import type { GuestImage, StopSignal } from '../../abi/guest.ts'
import { unsupported } from '../../abi/instance.ts'
import type { PreparedModule } from '../../abi/prepare.ts'
import { ContainerError } from '../../errors.ts'
import type { DrivenModule } from './add-driver.ts'
import { isScalar } from './assembler.ts'
import { Driven, type DrivenHost } from './driven.ts'
import { EngineEndedError, type EngineProcess } from './engine-process.ts'
import { abandoned, crashed, lostBy, overdue } from './native-errors.ts'
import { NativeBudget, type NativeLimits } from './native-budget.ts'
import { fromWord, toWord } from './words.ts'

/** An engine that answers stops within this; one that does not is ended. */
const graceMs = 1000
/** For copying the memory of a stopped module out of its process. */
const copyMs = 10_000
const defaultStartMs = 30_000

export interface NativePorts {
  readonly prepared: PreparedModule
  readonly driven: DrivenModule
  readonly limits: NativeLimits
  /** Milliseconds until the engine has loaded the module. Default 30,000. */
  readonly startTimeoutMs?: number | undefined
  /** Starts the engine with the driven module. */
  readonly open: () => EngineProcess
  readonly onHostCall: DrivenHost['onHostCall']
  /** Makes a new process ready before anything is called in it. */
  readonly onOpen?: (driven: Driven) => Promise<void>
  /** Nothing of it is wanted once a call was stopped. */
  readonly isDisposable: boolean
}

/**
 * A module in an engine's process. A stopped call leaves the process with its memory copied out, and the next one starts in a new process
 * from that copy; only a trap or a crash loses it.
 */
export class NativeInstance {
  readonly budget: NativeBudget
  /** Resolves when the process is gone for good. */
  readonly lost: Promise<ContainerError>
  readonly #ports: NativePorts
  readonly #lose: (error: ContainerError) => void
  #driven: Driven | undefined
  #image: GuestImage | undefined
  #gone: ContainerError | undefined
  #pages = 0
  #isBusy = false

  constructor(ports: NativePorts) {
    const { promise, resolve } = Promise.withResolvers<ContainerError>()
    this.lost = promise
    this.#lose = resolve
    this.#ports = ports
    this.budget = new NativeBudget(ports.limits)
  }

  get memoryBytes(): number {
    return this.#ports.driven.hasMemory ? (this.#driven?.pages ?? this.#pages) * 65_536 : 0
  }

  /** For host functions, while a call runs. */
  get running(): Driven {
    if (this.#driven === undefined) throw new TypeError('No call runs.')
    return this.#driven
  }

  /** Runs work inside the limits. What stops it leaves the module as it is then. */
  async run<T>(
    work: (driven: Driven) => Promise<T>,
    options: { signal?: StopSignal | undefined; limitMs?: number } = {},
  ): Promise<T> {
    if (this.#gone !== undefined) throw this.#gone
    const { signal, limitMs = this.#ports.limits.maxCpuTimeMs } = options
    const unwatch = this.#watch(limitMs, signal)
    this.#isBusy = true
    try {
      const driven = await this.#ready()
      driven.process.keepAlive(true)
      return await work(driven)
    } catch (error) {
      throw await this.#stopped(error)
    } finally {
      unwatch()
      this.#isBusy = false
      this.#driven?.process.keepAlive(false)
    }
  }

  async capture(): Promise<GuestImage> {
    if (this.#image !== undefined) return this.#image
    return this.run((driven) => this.#copy(driven))
  }

  /** The next call starts from the image. */
  async restore(image: GuestImage): Promise<void> {
    this.#refuseOthers(image)
    await this.#driven?.process.kill()
    this.#driven = undefined
    this.#image = image
    await this.run(() => Promise.resolve())
  }

  async close(): Promise<void> {
    this.#gone ??= new ContainerError('The container was stopped.', 'STOPPED')
    await this.#driven?.process.kill('the container was stopped')
    this.#driven = undefined
  }

  async #ready(): Promise<Driven> {
    if (this.#driven !== undefined) return this.#driven
    const { open, onHostCall } = this.#ports
    const driven = new Driven(open(), {
      onHostCall,
      onTick: (left) => this.budget.refuel(left),
    })
    this.#driven = driven
    driven.process.onEnd((end) => {
      if (this.#driven === driven && !this.#isBusy) this.#loseTo(crashed(end))
    })
    await driven.ready()
    await this.#ports.onOpen?.(driven)
    const image = this.#image
    this.#image = undefined
    if (image !== undefined) await this.#fill(driven, image)
    return driven
  }

  #watch(limitMs: number, signal: StopSignal | undefined): () => void {
    const timers: ReturnType<typeof setTimeout>[] = []
    const killIn = (ms: number, error: () => ContainerError): void => {
      timers.push(setTimeout(() => this.#end(error()), ms))
    }
    const startMs = this.#ports.startTimeoutMs ?? defaultStartMs
    const startUp = this.#driven === undefined ? startMs : 0
    if (limitMs < 2 ** 31 - startMs - graceMs)
      killIn(limitMs + startUp + graceMs, () => overdue(limitMs))
    const target = signal instanceof AbortSignal ? signal : undefined
    const onAbort = (): void => killIn(graceMs, () => abandoned(signal?.reason))
    target?.addEventListener('abort', onAbort, { once: true })
    return () => {
      for (const timer of timers) clearTimeout(timer)
      target?.removeEventListener('abort', onAbort)
    }
  }

  #end(error: ContainerError): void {
    this.#gone ??= error
    void this.#driven?.process.kill(error.message)
  }

  /** What the caller gets for an error; afterwards the module is copied out, or lost. */
  async #stopped(error: unknown): Promise<unknown> {
    const driven = this.#driven
    if (error instanceof EngineEndedError || this.#gone !== undefined) {
      const end = error instanceof EngineEndedError ? error.end : undefined
      return this.#loseTo(this.#gone ?? crashed(end ?? { reason: 'exited', message: 'it is gone' }))
    }
    if (driven === undefined || !driven.isStopped || this.#ports.isDisposable) return error
    const timer = setTimeout(() => void driven.process.kill('it did not give its memory'), copyMs)
    try {
      this.#image = await this.#copy(driven)
    } catch (cause) {
      await driven.process.kill()
      return this.#loseTo(lostBy(error, cause))
    } finally {
      clearTimeout(timer)
    }
    this.#pages = driven.pages
    this.#driven = undefined
    driven.exit()
    await driven.process.kill()
    return error
  }

  #loseTo(error: ContainerError): ContainerError {
    this.#gone = error
    void this.#driven?.process.kill()
    this.#driven = undefined
    this.#lose(error)
    return error
  }

  async #copy(driven: Driven): Promise<GuestImage> {
    const { shape } = this.#ports.prepared
    if (shape.changesTables) unsupported('its code changes tables or drops segments')
    if (shape.globals.some(({ isMutable, valueType }) => isMutable && !isScalar(valueType)))
      unsupported('it has globals that are no numbers')
    const { hasMemory } = this.#ports.driven
    const memory = hasMemory ? await driven.read(0, driven.pages * 65_536) : new Uint8Array()
    const globals: (number | bigint)[] = []
    for (const [slot, { valueType }] of this.#globals.entries())
      globals.push(fromWord(await driven.getGlobal(slot), valueType))
    return { memory, globals }
  }

  async #fill(driven: Driven, image: GuestImage): Promise<void> {
    const missing = image.memory.length / 65_536 - driven.pages
    if (missing > 0 && !(await driven.grow(missing))) unsupported('its memory does not fit')
    if (image.memory.length > 0) await driven.write(0, image.memory)
    for (const [slot, { valueType }] of this.#globals.entries())
      driven.setGlobal(slot, toWord(image.globals[slot] ?? 0, valueType))
  }

  #refuseOthers(image: GuestImage): void {
    const pages = image.memory.length / 65_536
    if (!Number.isInteger(pages) || pages > this.#ports.prepared.plan.maxPages)
      throw new TypeError('An image holds whole pages of memory, as many as are allowed.')
    if (image.globals.length !== this.#globals.length)
      throw new TypeError('An image holds every mutable global.')
  }

  get #globals(): readonly { readonly valueType: number }[] {
    return mutableGlobals(this.#ports.prepared)
  }
}

export function mutableGlobals({
  shape,
}: PreparedModule): readonly { readonly index: number; readonly valueType: number }[] {
  return shape.globals.filter(({ isMutable, valueType }) => isMutable && isScalar(valueType))
}
