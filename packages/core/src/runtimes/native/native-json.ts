import { guestFailed } from '../../abi/errors.ts'
import { encodeJson } from '../../abi/linear-memory.ts'
import type { FunctionType } from '../../binary/types.ts'
import { ContainerError, ContainerMemoryError } from '../../errors.ts'
import type { DrivenModule } from './add-driver.ts'
import type { Driven } from './driven.ts'
import { i32, i64 } from './assembler.ts'

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Functions that take and give JSON: `(pointer, length) -> pointer << 32 | length`. */
export function isJson({ params, results }: FunctionType): boolean {
  const takesSpan = params.length === 2 && params.every((one) => one === i32)
  return takesSpan && results.length === 1 && results[0] === i64
}

/** JSON calls of our own ABI, over the driver. */
export class NativeJson {
  readonly #functions: DrivenModule['functions']

  constructor({ functions }: DrivenModule) {
    this.#functions = functions
  }

  /** Checks and encodes at once; what it gives makes the call. */
  prepare(name: string, list: readonly unknown[]): (running: Driven) => Promise<unknown> {
    const bytes = encodeJson(list)
    return async (running) => {
      const at = await this.put(running, bytes)
      const result = await running.callJson(this.#slot(name), at, bytes.length)
      return parse(result.bytes ?? (await running.read(...unpack(result.value))))
    }
  }

  /** What a function without parameters gives. */
  async read(running: Driven, name: string): Promise<unknown> {
    const result = await running.callJson(this.#slot(name), 0, 0)
    return parse(result.bytes ?? (await running.read(...unpack(result.value))))
  }

  async writeState(running: Driven, value: unknown): Promise<void> {
    const found = this.#functions.get('gsp_set_state')
    if (found === undefined)
      guestFailed('The module gives its state but exports no "gsp_set_state" to replace it.')
    const bytes = encodeJson(value)
    const at = await this.put(running, bytes)
    const { value: answer } = await running.call(found.slot, [BigInt(at), BigInt(bytes.length)])
    const free = this.#functions.get('gsp_free')
    if (free !== undefined && bytes.length > 0)
      await running.call(free.slot, [BigInt(at), BigInt(bytes.length)])
    if (answer !== 0n) guestFailed(`The module refused the state: gsp_set_state gave ${answer}.`)
  }

  /** Copies bytes into memory that the module allocates. */
  async put(running: Driven, bytes: Uint8Array): Promise<number> {
    if (bytes.length === 0) return 0
    const { value } = await running.call(this.#slot('gsp_alloc'), [BigInt(bytes.length)])
    const at = Number(BigInt.asUintN(32, value))
    if (at === 0) {
      throw new ContainerMemoryError(
        `The module has no memory left for ${bytes.length} bytes of arguments.`,
        'MEMORY_LIMIT',
        { bytes: bytes.length },
      )
    }
    await running.write(at, bytes)
    return at
  }

  #slot(name: string): number {
    return (
      this.#functions.get(name)?.slot ??
      guestFailed(`The module exports no "${name}", which its ABI needs.`)
    )
  }
}

export function parse(bytes: Uint8Array): unknown {
  if (bytes.length === 0) return undefined
  let text: string
  try {
    text = decoder.decode(bytes)
  } catch {
    return guestFailed('The module gave text that is no UTF-8.')
  }
  try {
    return JSON.parse(text) as unknown
  } catch (cause) {
    throw new ContainerError('The module gave a value that is no JSON.', 'GUEST_FAILED', { cause })
  }
}

function unpack(packed: bigint): [at: number, length: number] {
  return [Number(packed >> 32n), Number(packed & 0xffff_ffffn)]
}
