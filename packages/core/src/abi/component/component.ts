import { unsupported as unsupportedComponent } from '../../binary/byte-cursor.ts'
import type { CommandResult } from '../../containers/types.ts'
import {
  ContainerError,
  ContainerMemoryError,
  ContainerSecurityError,
  ContainerTimeoutError,
} from '../../errors.ts'
import { ProcessExit } from '../../wasi/guest.ts'
import { noFunction } from '../no-function.ts'
import type { ReadyHost } from '../guest-host.ts'
import type { Guest, GuestArguments, GuestCallOptions } from '../guest.ts'
import { unsupported } from '../instance.ts'
import type { PreparedModule } from '../prepare.ts'
import { argumentText } from '../wasi-command.ts'
import { evaluateFunction } from './evaluate.ts'
import {
  createInstance,
  type Api,
  type ComponentInstance,
  type Instantiate,
  type LoadedComponent,
} from './instance.ts'
import type { PreparedComponent } from './prepare.ts'

type Callable = (...args: unknown[]) => unknown

const command = /^wasi:cli\/run@0\.2\.\d+$/

/**
 * A component: its functions are called with the values that `jco` gives its types (records are objects, 64-bit integers bigints) and
 * under the names it gives them, in camel case; those of an interface as `interface.function`. A call that a limit stops leaves a component that
 * cannot be entered again. One that exports `wasi:cli/run` is a program: each call of `run` is one run in a new instance.
 */
export async function startComponent(prepared: PreparedModule, host: ReadyHost): Promise<Guest> {
  const { component } = prepared
  if (component === undefined) throw new TypeError('A component needs its glue.')
  const loaded = {
    prepared: component,
    instantiate: loadGlue(component),
    host,
    files: await host.files(),
  }
  const program = component.exports.find(([name]) => command.test(name))?.[0]
  return program === undefined ? startLibrary(loaded) : startProgram(loaded, program)
}

function loadGlue({ glue }: PreparedComponent): Instantiate {
  try {
    return evaluateFunction(glue)() as Instantiate
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return unsupportedComponent('names that what jco writes has already')
  }
}

function startProgram(loaded: LoadedComponent, program: string): Guest {
  let allocatedBytes = 0
  return {
    abi: 'component',
    functions: ['run'],
    call(name, args, options) {
      if (name !== 'run') noFunction(name, ['run'])
      const { result, memoryBytes } = runProgram({ ...loaded, program }, args, options)
      allocatedBytes = memoryBytes
      return result
    },
    memory: () => ({ allocatedBytes, usedBytes: allocatedBytes }),
    capture: () => unsupported('what jco keeps of a component is no part of a copy'),
    restore: () => unsupported('what jco keeps of a component is no part of a copy'),
    close: () => undefined,
  }
}

function runProgram(
  { program, ...loaded }: LoadedComponent & { readonly program: string },
  { list, isPositional }: GuestArguments,
  options: GuestCallOptions,
): { readonly result: CommandResult; readonly memoryBytes: number } {
  const texts = { stdout: new TextDecoder(), stderr: new TextDecoder() }
  const out = { stdout: '', stderr: '' }
  const { host } = loaded
  const args = isPositional ? list.map((one, n) => argumentText(one, `args[${n}]`)) : []
  const instance = createInstance(loaded, {
    args: [host.name, ...args],
    stdin: isPositional || list.length === 0 ? new Uint8Array() : bytesOf(list[0]),
    output: { bytes: 0 },
    onOutput(stream, bytes) {
      out[stream] += texts[stream].decode(bytes, { stream: true })
      host.onOutput(stream, bytes)
    },
  })
  try {
    const exitCode = instance.run(() => exitCodeOf(instance.open(), program), options)
    return { result: { exitCode, ...out }, memoryBytes: instance.memoryBytes() }
  } catch (error) {
    throw error instanceof ContainerError ? error : failed(error)
  } finally {
    instance.close()
  }
}

/** A result without a value is an error without one: what jco throws then is `undefined`. */
function exitCodeOf(api: Api, program: string): number {
  try {
    ;(api[program] as { readonly run: () => void }).run()
    return 0
  } catch (error) {
    if (error === undefined) return 1
    if (error instanceof ProcessExit) return error.exitCode
    throw error
  }
}

function startLibrary(loaded: LoadedComponent): Guest {
  const output = { bytes: 0 }
  const instance = createInstance(loaded, {
    args: [loaded.host.name],
    stdin: new Uint8Array(),
    output,
    onOutput: (stream, bytes) => loaded.host.onOutput(stream, bytes),
  })
  const functions = functionsOf(inside(instance, instance.open), loaded.prepared)
  return {
    abi: 'component',
    functions: [...functions.keys()],
    call(name, { list }, options) {
      const found = functions.get(name) ?? noFunction(name, functions.keys())
      output.bytes = 0
      return inside(instance, () => found(...list), options)
    },
    memory() {
      const allocatedBytes = instance.memoryBytes()
      return { allocatedBytes, usedBytes: allocatedBytes }
    },
    capture: () => unsupported('what jco keeps of a component is no part of a copy'),
    restore: () => unsupported('what jco keeps of a component is no part of a copy'),
    close: instance.close,
  }
}

function inside<T>(instance: ComponentInstance, work: () => T, options?: GuestCallOptions): T {
  try {
    return instance.run(work, options)
  } catch (error) {
    throw stopped(error)
  }
}

/** Functions by the name that `jco` gives them, in camel case. Resources are classes: their methods are called by no name. */
function functionsOf(api: Api, { exports }: PreparedComponent): Map<string, Callable> {
  const all = exports.flatMap(([name, kind]) => {
    const value = api[name]
    if (kind === 'function') return [[name, value] as const]
    return Object.entries(value ?? {}).map(([inner, one]) => [`${name}.${inner}`, one] as const)
  })
  return new Map(
    all.filter(
      (one): one is readonly [string, Callable] =>
        typeof one[1] === 'function' && !String(one[1]).startsWith('class'),
    ),
  )
}

/** By the component model's rules an instance that trapped is not entered again. An error that the component reports is none. */
function stopped(error: unknown): unknown {
  if (error instanceof TypeError) return error
  if (!(error instanceof ContainerError)) return failed(error)
  const [reason = ''] = error.message.split('. ')
  const kinds = [ContainerTimeoutError, ContainerMemoryError, ContainerSecurityError]
  const Kind = kinds.find((one) => error instanceof one) ?? ContainerError
  return new Kind(
    `${reason}. A component that was stopped cannot be entered again: restart the container.`,
    error.code,
    { lost: 'component', cause: error },
  )
}

/** The error case of a `result`, with its value as `details.payload`: jco throws it as it is, or in an error of its own. */
function failed(error: unknown): ContainerError {
  if (error instanceof Error && !('payload' in error))
    return new ContainerError(`The component failed: ${error.message}`, 'GUEST_FAILED', {
      cause: error,
    })
  const payload: unknown = error instanceof Error && 'payload' in error ? error.payload : error
  const text = typeof payload === 'string' ? payload : 'see details.payload'
  return new ContainerError(`The component reported: ${text}`, 'GUEST_FAILED', { payload })
}

function bytesOf(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value
  return new TextEncoder().encode(argumentText(value, 'args'))
}
