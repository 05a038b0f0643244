import { ContainerMemoryError } from '../errors.ts'
import { guestFailed } from './errors.ts'
import type { HostCalls } from './host-calls.ts'
import { exportedFunction, requireFunction, requireLater, type Running } from './instance.ts'
import { jsonText } from './json-text.ts'
import { encodeJson } from './linear-memory.ts'
import { TextBytes } from './text-bytes.ts'

/** What a function answers that waits for the host: no pointer and length. */
const waits = -1n

/** Bytes in a module's memory. */
interface Span {
  readonly at: number
  readonly length: number
}

/** As functions of the native ABI give them. */
export function pack({ at, length }: Span): bigint {
  return (BigInt(at) << 32n) | BigInt(length)
}

function unpack(packed: unknown): Span {
  if (typeof packed !== 'bigint') return guestFailed('The module gave no pointer and length.')
  const bits = BigInt.asUintN(64, packed)
  return { at: Number(bits >> 32n), length: Number(bits & 0xffff_ffffn) }
}

/** Copies bytes into memory that the module allocates. */
export function writeBytes(running: Running, bytes: Uint8Array): Span {
  if (bytes.length === 0) return { at: 0, length: 0 }
  const at = Number(requireFunction(running, 'gsp_alloc')(bytes.length)) >>> 0
  if (at === 0) {
    throw new ContainerMemoryError(
      `The module has no memory left for ${bytes.length} bytes of arguments.`,
      'MEMORY_LIMIT',
      { bytes: bytes.length },
    )
  }
  running.memory.view(at, bytes.length).set(bytes)
  return { at, length: bytes.length }
}

/** The arguments as a JSON array. */
function listText(args: unknown): string {
  if (args === undefined) return '[]'
  const text = jsonText(args) ?? 'null'
  return Array.isArray(args) ? text : `[${text}]`
}

/** Calls of a native module's functions, with JSON on both sides. */
export interface JsonCalls {
  ready(name: string): (args: unknown) => unknown
  /** The same for a module that waits for the host by itself or, where it exports `gsp_settle`, says that it waits. */
  later(name: string): (args: unknown) => Promise<unknown>
  /** What a function without parameters gives. */
  read(name: string): unknown
  /** Passes a value; gives the function's number. */
  write(name: string, value: unknown): number
}

export function createJsonCalls(running: Running, hostCalls: HostCalls): JsonCalls {
  const texts = new TextBytes()
  const free = (span: Span): void => {
    if (span.length > 0) exportedFunction(running, 'gsp_free')?.(span.at, span.length)
  }
  /** Arguments of calls that were cut off: the next call, which has time for it, frees them. */
  const left: Span[] = []
  const settle = exportedFunction(running, 'gsp_settle')
  const pass = (text: string): Span => writeBytes(running, texts.of(text))
  const waitAndSettle = async (packed: unknown): Promise<unknown> => {
    let answer = packed
    while (answer === waits && settle !== undefined) {
      // oxlint-disable-next-line no-await-in-loop -- what the module does next depends on it
      const settled = await running.budget.wait(hostCalls.next())
      const input = pass(JSON.stringify(settled))
      answer = settle(input.at, input.length)
      free(input)
    }
    return answer
  }
  return {
    later(name) {
      const called = running.suspends ? requireLater(running, name) : requireFunction(running, name)
      return async (args) => {
        hostCalls.begin()
        const input = pass(listText(args))
        const result = unpack(await waitAndSettle(await called(input.at, input.length)))
        const value = running.memory.json(result.at, result.length)
        if (result.at !== input.at) free(result)
        free(input)
        return value
      }
    },
    ready(name) {
      const called = requireFunction(running, name)
      return (args) => {
        const text = listText(args)
        for (const span of left.splice(0)) free(span)
        const input = pass(text)
        const result = unpack(keepOnError(left, input, called))
        const value = running.memory.json(result.at, result.length)
        if (result.at !== input.at) free(result)
        free(input)
        return value
      }
    },
    read: (name) =>
      running.budget.run(() => takeJson(running, requireFunction(running, name)(), free)),
    write: (name, value) =>
      running.budget.run(() => {
        const input = writeBytes(running, encodeJson(value))
        const answer = Number(requireFunction(running, name)(input.at, input.length))
        free(input)
        return answer
      }),
  }
}

function takeJson(running: Running, packed: unknown, free: (span: Span) => void): unknown {
  const span = unpack(packed)
  const value = running.memory.json(span.at, span.length)
  free(span)
  return value
}

/** Calls with a span, and keeps it in `left` where the call is cut off. */
function keepOnError(
  left: Span[],
  input: Span,
  called: (at: number, length: number) => unknown,
): unknown {
  try {
    return called(input.at, input.length)
  } catch (error) {
    left.push(input)
    throw error
  }
}
