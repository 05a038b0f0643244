import { ContainerError } from '../../errors.ts'
import type { EngineProcess } from './engine-process.ts'
import { decodeWords, encodeOp, encodeWords, type Said } from './frames.ts'
import { DriverSays, driverVersion, scratchBytes } from './wire.ts'

/** What the module asks while it runs. */
export interface DrivenHost {
  /** Gives more fuel, or throws what the call ends with. */
  onTick(left: { fuel: bigint; depth: bigint }): Refuel
  /** Does what an import is for; throws what the call ends with. */
  onHostCall(n: number, args: readonly bigint[]): Promise<bigint> | bigint
}

export interface Refuel {
  readonly fuel: bigint
  readonly depth: bigint
}

/** What a driven module answers a call with. */
export interface Result {
  readonly value: bigint
  readonly fuel: bigint
}

/** An answer of a function that gives JSON: bytes, or where they are in memory. */
export interface JsonResult extends Result {
  readonly bytes: Uint8Array | undefined
}

/** Speaks with the driver inside one engine process. */
export class Driven {
  readonly process: EngineProcess
  readonly #host: DrivenHost
  #pages = 0
  #nested = 0

  constructor(process: EngineProcess, host: DrivenHost) {
    this.process = process
    this.#host = host
  }

  get pages(): number {
    return this.#pages
  }

  /** Whether the module waits in the middle of a call, for an answer that it will not get. */
  get isStopped(): boolean {
    return this.#nested > 0
  }

  async ready(): Promise<void> {
    const { b } = await this.#expect(DriverSays.ready)
    if (b !== driverVersion) throw new ContainerError(`The driver is version ${b}.`, 'RUNTIME_LOST')
  }

  /** Fuel for the calls that follow. */
  refuel(refuel: Refuel): void {
    this.process.send(fuelOp(refuel))
  }

  async call(slot: number, args: readonly bigint[]): Promise<Result> {
    const head = encodeOp('call', { a: slot, c: BigInt(args.length) })
    this.process.send(head, encodeWords(args))
    return this.#result()
  }

  async callJson(slot: number, at: number, length: number): Promise<JsonResult> {
    const b = (BigInt(at) << 32n) | BigInt(length)
    this.process.send(encodeOp('callJson', { a: slot, b }))
    const json = await this.#expect(DriverSays.json, DriverSays.jsonUnsent)
    const { fuel } = await this.#result()
    return { value: json.b, bytes: json.number === DriverSays.json ? json.bytes : undefined, fuel }
  }

  /** Bytes that the module named: they must be inside of its memory. */
  async read(at: number, length: number): Promise<Uint8Array> {
    this.#check(at, length)
    const low = Math.min(length, Math.max(0, scratchBytes - at))
    const bytes = new Uint8Array(length)
    if (low > 0) bytes.set((await this.#loadLow()).subarray(at, at + low))
    if (low === length) return bytes
    this.process.send(encodeOp('read', { a: at + low, b: BigInt(length - low) }))
    const said = await this.#expect(DriverSays.data)
    if (said.bytes.length !== length - low) return this.garbage('sent another number of bytes')
    bytes.set(said.bytes, low)
    return bytes
  }

  async write(at: number, bytes: Uint8Array): Promise<void> {
    this.#check(at, bytes.length)
    const low = Math.min(bytes.length, Math.max(0, scratchBytes - at))
    if (low > 0) {
      const words = await this.#loadLow()
      words.set(bytes.subarray(0, low), at)
      const stores = decodeWords(words).map((b, n) => encodeOp('store', { a: n * 8, b }))
      this.process.send(...stores)
    }
    const rest = bytes.subarray(low)
    if (rest.length > 0)
      this.process.send(encodeOp('write', { a: at + low, b: BigInt(rest.length) }), rest)
  }

  async getGlobal(slot: number): Promise<bigint> {
    this.process.send(encodeOp('getGlobal', { a: slot }))
    return (await this.#expect(DriverSays.value)).b
  }

  setGlobal(slot: number, value: bigint): void {
    this.process.send(encodeOp('setGlobal', { a: slot, b: value }))
  }

  /** Whether there was room. */
  async grow(pages: number): Promise<boolean> {
    this.process.send(encodeOp('grow', { a: pages }))
    return (await this.#expect(DriverSays.value)).b !== 0xffff_ffffn
  }

  /** Bytes of the linked module's memory, where they are known to be. */
  async readOther(at: number, length: number): Promise<Uint8Array> {
    if (length === 0) return new Uint8Array()
    this.process.send(encodeOp('readOther', { a: at, b: BigInt(length) }))
    const said = await this.#expect(DriverSays.data)
    return said.bytes.length === length ? said.bytes : this.garbage('sent another number of bytes')
  }

  writeOther(at: number, bytes: Uint8Array): void {
    if (bytes.length === 0) return
    this.process.send(encodeOp('writeOther', { a: at, b: BigInt(bytes.length) }), bytes)
  }

  async pagesOfOther(): Promise<number> {
    this.process.send(encodeOp('pagesOfOther'))
    return Number((await this.#expect(DriverSays.value)).b)
  }

  exit(): void {
    this.process.send(encodeOp('exit'))
  }

  async #result(): Promise<Result> {
    const { b, c } = await this.#expect(DriverSays.result)
    return { value: b, fuel: BigInt.asIntN(64, c) }
  }

  /** The next answer of a kind; what the module asks before it is answered. */
  async #expect(...kinds: number[]): Promise<Said> {
    for (;;) {
      const said = await this.process.next()
      this.#pages = said.pages
      if (kinds.includes(said.number)) return said
      await this.#serve(said)
    }
  }

  /** What throws here leaves the module where it is. */
  async #serve({ number, b, c, bytes }: Said): Promise<void> {
    this.#nested += 1
    if (number === DriverSays.tick) {
      const left = { fuel: BigInt.asIntN(64, b), depth: BigInt.asIntN(64, c) }
      this.process.send(fuelOp(this.#host.onTick(left)), encodeOp('return'))
    } else if (number === DriverSays.hostCall) {
      const result = await this.#host.onHostCall(Number(b), decodeWords(bytes))
      this.process.send(encodeOp('return', { b: result }))
    } else this.garbage(`said ${number} where that makes no sense`)
    this.#nested -= 1
  }

  async #loadLow(): Promise<Uint8Array> {
    const words: bigint[] = []
    for (let at = 0; at < scratchBytes; at += 8) {
      this.process.send(encodeOp('load', { a: at }))
      words.push((await this.#expect(DriverSays.value)).b)
    }
    return encodeWords(words)
  }

  #check(at: number, length: number): void {
    if (at + length <= this.#pages * 65_536) return
    throw new ContainerError(
      `The module named ${length} bytes at ${at}, which its memory of ${this.#pages * 65_536} does not have.`,
      'GUEST_FAILED',
    )
  }

  /** Ends an engine that is not what it claims to be. */
  garbage(what: string): never {
    void this.process.kill(`the engine ${what}`)
    throw new ContainerError(`The engine ${what}.`, 'RUNTIME_LOST', { lost: 'process' })
  }
}

function fuelOp({ fuel, depth }: Refuel): Uint8Array {
  return encodeOp('fuel', { b: fuel, c: depth })
}
