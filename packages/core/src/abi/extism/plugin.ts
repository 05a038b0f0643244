import { ContainerMemoryError } from '../../errors.ts'
import { extismModule } from '../detect.ts'
import { guestFailed } from '../errors.ts'
import type { ReadyHost } from '../guest-host.ts'
import type { Guest, MemorySize } from '../guest.ts'
import { jsonText } from '../json-text.ts'
import { exportedFunction, requireFunction, requireLater, type Running } from '../instance.ts'
import { spendText, type Output } from '../output.ts'
import { callableFunctions, captureReactor, startReactor } from '../plain.ts'
import type { PreparedModule } from '../prepare.ts'
import { createCalls, createLaterCalls } from '../ready-calls.ts'
import { httpFunctions } from './http.ts'
import type { Kernel } from './kernel.ts'
import { outputAs } from './output.ts'
import { PluginKernel } from './plugin-kernel.ts'

const encoder = new TextEncoder()
/** Names and values of all variables together. */
const maxVariableBytes = 1 << 20

/**
 * Extism plugins as they are: their host functions are served by a kernel module, so a call between the two costs no JavaScript. A plugin's
 * configuration is the container's `environment`; its variables are kept, and copied with the container.
 *
 * @see https://extism.org/docs/concepts/runtime-apis
 */
export function startExtism(prepared: PreparedModule, host: ReadyHost): Guest {
  const late: { running?: Running } = {}
  const own = new PluginKernel(prepared)
  const itsKernel = (): Kernel => own.kernel
  const variables = createVariables()
  const { running, begin, close } = startReactor(prepared, host, (output) => ({
    ...own.interfaces,
    host: {
      [extismModule]: {
        ...keptFunctions(itsKernel, host, variables),
        ...logFunctions(itsKernel, host, output),
        ...httpFunctions(itsKernel, host, () => late.running?.budget),
      },
    },
  }))
  late.running = running
  const { kernel } = own
  running.budget.run(() => void exportedFunction(running, 'hs_init')?.(0, 0))
  const functions = new Map(
    [...callableFunctions(prepared)].filter(([, { params }]) => params.length === 0),
  )
  const memory = new BothMemories(running.size, kernel.memory)
  const callee = { running, begin, memory }
  const calls = running.suspends
    ? createLaterCalls(callee, functions, ({ name }) => {
        const called = requireLater(running, name)
        return async (args, options) => {
          beginWith(kernel, args)
          requireSuccess(kernel, name, await called())
          return outputAs(kernel.output(), options)
        }
      })
    : createCalls(callee, functions, ({ name }) => {
        const called = requireFunction(running, name)
        return (args, options) => {
          beginWith(kernel, args)
          requireSuccess(kernel, name, called())
          return outputAs(kernel.output(), options)
        }
      })
  return {
    abi: 'extism',
    ...calls,
    memory() {
      const allocatedBytes = memory.sizeBytes
      return { allocatedBytes, usedBytes: allocatedBytes }
    },
    capture: () => ({ ...captureReactor(prepared, host, running), extra: variables.copy() }),
    restore(image) {
      running.restore(image)
      variables.replace(image.extra as ReadonlyMap<string, Uint8Array>)
    },
    close,
  }
}

class BothMemories implements MemorySize {
  readonly #own: MemorySize
  readonly #kernel: MemorySize

  constructor(own: MemorySize, kernel: MemorySize) {
    this.#own = own
    this.#kernel = kernel
  }

  get sizeBytes(): number {
    return this.#own.sizeBytes + this.#kernel.sizeBytes
  }
}

/** One argument, however it was passed: bytes and text as they are, anything else as JSON. */
function beginWith(kernel: Kernel, args: unknown): void {
  const value: unknown = Array.isArray(args) ? onlyOne(args) : args
  if (typeof value === 'string') kernel.beginText(value)
  else if (value instanceof Uint8Array) kernel.begin(value)
  else kernel.beginText(jsonText(value, Array.isArray(args) ? 'args[0]' : 'args') ?? '')
}

function onlyOne(list: readonly unknown[]): unknown {
  if (list.length <= 1) return list[0]
  throw new TypeError('An Extism function takes one argument: bytes, text or a JSON value.')
}

/** Throws what the plugin reported. */
function requireSuccess(kernel: Kernel, name: string, answer: unknown): void {
  const error = kernel.error()
  if (error !== undefined) guestFailed(error)
  if (answer !== 0 && answer !== undefined)
    guestFailed(`The plugin's "${name}" gave ${JSON.stringify(answer)} and no message.`)
}

interface Variables {
  get(name: string): Uint8Array | undefined
  /** No bytes take it away. */
  set(name: string, value: Uint8Array | undefined): void
  copy(): Map<string, Uint8Array>
  replace(variables: ReadonlyMap<string, Uint8Array>): void
}

function createVariables(): Variables {
  let kept = new Map<string, Uint8Array>()
  let bytes = 0
  const sizeOf = (name: string): number => {
    const value = kept.get(name)
    return value === undefined ? 0 : value.length + name.length
  }
  return {
    get: (name) => kept.get(name),
    set(name, value) {
      const next = bytes - sizeOf(name) + (value === undefined ? 0 : value.length + name.length)
      if (next > maxVariableBytes) {
        throw new ContainerMemoryError(
          `The plugin's variables may have ${maxVariableBytes} bytes together.`,
          'MEMORY_LIMIT',
        )
      }
      bytes = next
      if (value === undefined) kept.delete(name)
      else kept.set(name, value.slice())
    },
    copy: () => new Map([...kept].map(([name, value]) => [name, value.slice()])),
    replace(variables) {
      kept = new Map([...variables].map(([name, value]) => [name, value.slice()]))
      bytes = [...kept].reduce((sum, [name, value]) => sum + name.length + value.length, 0)
    },
  }
}

type Imported = (...args: never[]) => unknown

function keptFunctions(
  kernelOf: () => Kernel,
  host: ReadyHost,
  variables: Variables,
): Record<string, Imported> {
  return {
    config_get: (at: bigint) => {
      const kernel = kernelOf()
      const name = kernel.text(at)
      const value = Object.hasOwn(host.environment, name) ? host.environment[name] : undefined
      return value === undefined ? 0n : kernel.write(encoder.encode(value))
    },
    var_get: (at: bigint) => {
      const kernel = kernelOf()
      const value = variables.get(kernel.text(at))
      return value === undefined ? 0n : kernel.write(value)
    },
    var_set: (name: bigint, value: bigint) => {
      const kernel = kernelOf()
      variables.set(kernel.text(name), value === 0n ? undefined : kernel.read(value))
    },
  }
}

function logFunctions(
  kernelOf: () => Kernel,
  host: ReadyHost,
  output: Output,
): Record<string, Imported> {
  const log = (level: number) => (at: bigint) =>
    host.onLog(level, spendText(output, kernelOf().text(at), host.maxOutputBytes))
  return {
    log_error: log(0),
    log_warn: log(1),
    log_info: log(2),
    log_debug: log(3),
    log_trace: log(4),
    get_log_level: () => 4,
  }
}
