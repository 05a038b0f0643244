import { guestFailed } from '../../abi/errors.ts'
import type { Guest, StopSignal } from '../../abi/guest.ts'
import { fromNumbers } from '../../abi/numbers.ts'
import { readAbiSection } from '../../abi/section.ts'
import { isFinal } from '../../containers/endings.ts'
import type { HostPlan } from '../remote/host-plan.ts'
import { addDriver } from './add-driver.ts'
import type { Driven } from './driven.ts'
import { mutableGlobals } from './native-instance.ts'
import { NativeModule, type HostCalls, type NativeStart } from './native-module.ts'
import { toWord } from './words.ts'

/** Class number of `String` in every AssemblyScript module. */
const stringClass = 2n
/** Length in bytes stands four bytes before an object. */
const lengthOffset = 4
const largestString = 1 << 24
const f64 = 0x7c

/**
 * AssemblyScript modules built with `--exportRuntime`, as they are called in this thread: text goes in as a `String`, and comes out where
 * the section `gaesup:abi` declares it.
 */
export async function startNativeAssemblyScript(
  start: NativeStart,
  plan: HostPlan,
): Promise<Guest> {
  const { prepared } = start
  const driven = addDriver(prepared.bytes, mutableGlobals(prepared))
  const module = new NativeModule({
    start,
    plan,
    driven,
    interfaces: (one) => ({ env: createEnvironment(one, start) }),
  })
  try {
    await module.initialize(() => Promise.resolve())
  } catch (error) {
    await module.instance.close()
    throw error
  }
  const types = new Map(
    readAbiSection(prepared.shape).exports.map((one) => [one.name, one.returnType.type] as const),
  )
  const calls = new TextCalls(module, types)
  return {
    ...module.shared,
    abi: 'assemblyscript',
    functions: [...module.functions.keys()],
    call: (name, { list }, { signal }) => calls.call(name, list, signal),
    memory: () => module.memory,
    restore: (image) => module.instance.restore(image),
  }
}

class TextCalls {
  readonly #module: NativeModule
  /** What the functions give, where it is told. */
  readonly #types: ReadonlyMap<string, string>

  constructor(module: NativeModule, types: ReadonlyMap<string, string>) {
    this.#module = module
    this.#types = types
  }

  async call(
    name: string,
    list: readonly unknown[],
    signal: StopSignal | undefined,
  ): Promise<unknown> {
    const module = this.#module
    const callable = module.callable(name)
    // Texts are numbers once they are in: what is checked before the call are the others, and how many there are.
    module.prepareNumeric(
      callable,
      list.map((value) => (typeof value === 'string' ? 0 : value)),
    )
    const pinned: number[] = []
    try {
      return await module.within(async (running) => {
        const args: unknown[] = []
        for (const value of list)
          args.push(typeof value === 'string' ? await this.#put(running, value, pinned) : value)
        const value = await module.prepareNumeric(callable, args)(running)
        const result = await this.#resultOf(running, name, value)
        await this.#unpin(running, pinned.splice(0))
        return result
      }, signal)
    } catch (error) {
      // No text of a call that was stopped stays pinned.
      if (pinned.length > 0 && !isFinal(error))
        await module.within((running) => this.#unpin(running, pinned))
      throw error
    }
  }

  /** Text is pinned, so that no allocation of the call collects it. */
  async #put(running: Driven, text: string, pinned: number[]): Promise<number> {
    const module = this.#module
    const bytes = new Uint8Array(text.length * 2)
    const view = new DataView(bytes.buffer)
    for (let n = 0; n < text.length; n += 1) view.setUint16(n * 2, text.charCodeAt(n), true)
    const size = BigInt(bytes.length)
    const { value } = await running.call(module.slot('__new'), [size, stringClass])
    await running.call(module.slot('__pin'), [value])
    pinned.push(Number(value))
    await running.write(Number(value), bytes)
    return Number(value)
  }

  async #unpin(running: Driven, pinned: readonly number[]): Promise<void> {
    for (const at of pinned) await this.#module.callIfThere(running, '__unpin', [BigInt(at)])
  }

  async #resultOf(running: Driven, name: string, value: unknown): Promise<unknown> {
    const type = this.#types.get(name)
    if (type === 'string') return value === 0 ? undefined : readString(running, Number(value) >>> 0)
    return type === 'boolean' ? value !== 0 : fromNumbers(value)
  }
}

/** What AssemblyScript's own library imports. */
function createEnvironment(module: NativeModule, { senses }: NativeStart): HostCalls {
  const text = (at = 0n): Promise<string> => readString(module.instance.running, Number(at))
  const calls: Readonly<Record<string, (args: readonly bigint[]) => Promise<bigint>>> = {
    abort: async ([message = 0n, file = 0n, line, column]) => {
      const where = file === 0n ? '' : ` (${await text(file)}:${line}:${column})`
      guestFailed(`${message === 0n ? 'The module aborted.' : await text(message)}${where}`)
    },
    seed: async () => {
      const bytes = new Uint8Array(4)
      senses.random(bytes)
      return toWord(new DataView(bytes.buffer).getUint32(0, true), f64)
    },
    trace: async ([message]) => {
      module.log(4, await text(message))
      return 0n
    },
    'console.log': async ([message]) => {
      module.log(2, await text(message))
      return 0n
    },
  }
  return (name, args) => calls[name]?.(args) ?? guestFailed(`Nothing provides "env.${name}".`)
}

async function readString(running: Driven, at: number): Promise<string> {
  if (at < lengthOffset) guestFailed('The module gave a text that is not there.')
  const head = await running.read(at - lengthOffset, lengthOffset)
  const length = new DataView(head.buffer, head.byteOffset, lengthOffset).getUint32(0, true)
  if (length > largestString) guestFailed('The module gave a text of more than 16 MiB.')
  return new TextDecoder('utf-16le').decode(await running.read(at, length))
}
