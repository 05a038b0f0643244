import type { FunctionSignature } from '../containers/types.ts'
import { guestFailed } from './errors.ts'
import type { ReadyHost } from './guest-host.ts'
import type { Guest } from './guest.ts'
import { exportedFunction, requireFunction, type Running } from './instance.ts'
import { fromNumbers, type CallableFunction } from './numbers.ts'
import {
  callableFunctions,
  captureReactor,
  directNumeric,
  laterNumeric,
  listOf,
  plainMemory,
  readyNumeric,
  startReactor,
} from './plain.ts'
import { spendText, type Output } from './output.ts'
import type { PreparedModule } from './prepare.ts'
import { createCalls, createLaterCalls } from './ready-calls.ts'
import { readAbiSection } from './section.ts'

/** Class number of `String` in every AssemblyScript module. */
const stringClass = 2
/** Length in bytes stands four bytes before an object. */
const lengthOffset = 4
const largestString = 1 << 24

/**
 * AssemblyScript modules built with `--exportRuntime`. Text goes in as a `String`; it comes out where the section `gaesup:abi` declares
 * the function's result as `string`, as the module itself does not say. Everything else is a number.
 */
export function startAssemblyScript(prepared: PreparedModule, host: ReadyHost): Guest {
  const late: { running?: Running } = {}
  const running = (): Running =>
    late.running ?? guestFailed('The module called the host in its start function.')
  const reactor = startReactor(prepared, host, (output) => ({
    host: { env: environment(running, host, output) },
  }))
  late.running = reactor.running
  const signatures = new Map(
    readAbiSection(prepared.shape).exports.map((one) => [one.name, one] as const),
  )
  const functions = callableFunctions(prepared)
  const takesNumbers = directNumeric(reactor.running)
  const direct = (one: CallableFunction): ReturnType<typeof takesNumbers> =>
    isMadeOfNumber(signatures.get(one.name)) ? undefined : takesNumbers(one)
  /** For text of calls that were cut off: the next call, which has time for it, lets it go. */
  const left: (() => void)[] = []
  const calls = reactor.running.suspends
    ? createLaterCalls(reactor, functions, (callable) => {
        const call = laterNumeric(reactor.running, callable)
        return async (args) => {
          const pinned = pin(reactor.running, listOf(args))
          try {
            const value = await call(pinned.args)
            return resultOf(reactor.running, signatures.get(callable.name), value)
          } finally {
            pinned.unpin()
          }
        }
      })
    : createCalls({ ...reactor, direct }, functions, (callable) => {
        const call = readyNumeric(reactor.running, callable)
        const signature = signatures.get(callable.name)
        return (args) => {
          for (const unpin of left.splice(0)) unpin()
          const pinned = pin(reactor.running, listOf(args))
          let value: unknown
          try {
            value = resultOf(reactor.running, signature, call(pinned.args))
          } catch (error) {
            left.push(pinned.unpin)
            throw error
          }
          pinned.unpin()
          return value
        }
      })
  return {
    abi: 'assemblyscript',
    ...calls,
    memory: () => plainMemory(reactor.running),
    capture: () => captureReactor(prepared, host, reactor.running),
    restore: (image) => reactor.running.restore(image),
    close: reactor.close,
  }
}

type EnvFunction = (...args: never[]) => unknown

/** What AssemblyScript's own library imports. */
function environment(
  running: () => Running,
  host: ReadyHost,
  output: Output,
): Record<string, EnvFunction> {
  const { random } = host.senses
  const log =
    (level: number) =>
    (message: number): void =>
      host.onLog(level, spendText(output, readString(running(), message), host.maxOutputBytes))
  return {
    abort: (message: number, file: number, ...[line, column]: [number, number]) => {
      const where = file === 0 ? '' : ` (${readString(running(), file)}:${line}:${column})`
      guestFailed(
        `${message === 0 ? 'The module aborted.' : readString(running(), message)}${where}`,
      )
    },
    seed: () => {
      const bytes = new Uint8Array(4)
      random(bytes)
      return new DataView(bytes.buffer).getUint32(0, true)
    },
    trace: log(4),
    'console.log': log(2),
  } as Record<string, EnvFunction>
}

/** Text is allocated and pinned, so that no allocation of the call collects it. */
function pin(running: Running, list: readonly unknown[]): { args: unknown[]; unpin: () => void } {
  const pinned: number[] = []
  const args = list.map((value) => {
    if (typeof value !== 'string') return value
    const at = writeString(running, value)
    pinned.push(at)
    return at
  })
  const unpin = (): void => {
    for (const at of pinned) exportedFunction(running, '__unpin')?.(at)
  }
  return { args, unpin }
}

function resultOf(
  running: Running,
  signature: FunctionSignature | undefined,
  value: unknown,
): unknown {
  const type = signature?.returnType.type
  if (type === 'string') return value === 0 ? undefined : readString(running, Number(value))
  return type === 'boolean' ? value !== 0 : fromNumbers(value)
}

/** Whether a function's number stands for something else. */
function isMadeOfNumber(signature: FunctionSignature | undefined): boolean {
  const type = signature?.returnType.type
  return type === 'string' || type === 'boolean'
}

function writeString(running: Running, text: string): number {
  const at = Number(requireFunction(running, '__new')(text.length * 2, stringClass)) >>> 0
  requireFunction(running, '__pin')(at)
  const view = running.memory.view(at, text.length * 2)
  for (let n = 0; n < text.length; n += 1) {
    const unit = text.charCodeAt(n)
    view[n * 2] = unit & 0xff
    view[n * 2 + 1] = unit >> 8
  }
  return at
}

function readString({ memory }: Running, at: number): string {
  const head = memory.view((at >>> 0) - lengthOffset, lengthOffset)
  const length = new DataView(head.buffer, head.byteOffset, lengthOffset).getUint32(0, true)
  if (length > largestString) guestFailed('The module gave a text of more than 16 MiB.')
  return new TextDecoder('utf-16le').decode(memory.view(at, length))
}
