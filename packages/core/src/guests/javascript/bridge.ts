import type { JSValueHandle, QuickJS } from 'quickjs-wasi'

/** The only kinds of value that cross between the guest and the host. */
export type GuestValue = undefined | boolean | number | string | Uint8Array

/** One thing the guest may ask of the host. It must accept any value in any place. */
export type HostOperation = (args: readonly GuestValue[]) => GuestValue | void

/** The table of all host operations, by name. */
export type HostOperations = ReadonlyMap<string, HostOperation>

/** An operation that cannot be done; the guest sees `code` and `message` as an error of its own. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly code: string

  constructor(code: string, message = '') {
    super(message)
    this.code = code
  }
}

/**
 * Reads a guest value without running guest code: engine-level checks only, so getters, proxies and `toString` traps
 * never fire. Everything that is not a primitive or plain bytes is `undefined`.
 */
export const fromGuest = (handle: JSValueHandle): GuestValue => {
  if (handle.isString) return handle.toString()
  if (handle.isNumber) return handle.toNumber()
  if (handle.isBool) return handle.toBoolean()
  if (handle.isObject && handle.className === 'Uint8Array') return handle.toUint8Array()
  return undefined
}

const toGuest = (vm: QuickJS, value: GuestValue | void): JSValueHandle => {
  if (value === undefined) return vm.undefined
  if (typeof value === 'boolean') return value ? vm.true : vm.false
  if (typeof value === 'number') return vm.newNumber(value)
  if (typeof value === 'string') return vm.newString(`=${value}`)
  return vm.newUint8Array(value)
}

/** Operations that answer with values of the engine itself: compiled functions and promise results. */
const engineOperations: Readonly<
  Record<string, (vm: QuickJS, args: readonly JSValueHandle[]) => JSValueHandle>
> = {
  // A syntax error comes back as the error object, so that its place is kept.
  compile: (vm, [source, filename]) => {
    if (source?.isString !== true || filename?.isString !== true) return vm.undefined
    try {
      return vm.evalCode(source.toString(), filename.toString())
    } catch (error) {
      if (error instanceof Error && 'handle' in error) return error.handle as JSValueHandle
      throw error
    }
  },
  'promise.state': (vm, [promise]) =>
    promise?.isPromise === true ? vm.newNumber(promise.promiseState) : vm.undefined,
  'promise.result': (vm, [promise]) => {
    if (promise?.isPromise !== true || promise.promiseState === 0) return vm.undefined
    const make = vm.undefined.constructor as new (vm: QuickJS, pointer: number) => JSValueHandle
    return new make(vm, vm._getExports().qjs_promise_result(promise.ptr))
  },
}

/**
 * The function behind the guest's single `host(operation, ...args)`. It never throws into the guest: a refusal is the
 * string `!code\nmessage`, other strings start with `=`, and `null` says that memory ran out while answering.
 *
 * @param onFault gets what an operation throws besides `Refusal`; the guest is stopped then
 */
export const createHostFunction = (
  vm: QuickJS,
  operations: HostOperations,
  onFault: (error: unknown) => void,
) => {
  // The library copies the answer after the callback returns, so it can be freed at the next call only.
  let previous: JSValueHandle | undefined
  const perform = ([operation, ...handles]: readonly JSValueHandle[]): JSValueHandle => {
    const name = operation?.isString === true ? operation.toString() : ''
    const engine = Object.hasOwn(engineOperations, name) ? engineOperations[name] : undefined
    if (engine !== undefined) return engine(vm, handles)
    const host = operations.get(name)
    if (host === undefined) throw new Refusal('ERR_UNKNOWN_OPERATION')
    return toGuest(vm, host(handles.map(fromGuest)))
  }
  const answer = (handles: readonly JSValueHandle[]): JSValueHandle => {
    try {
      return perform(handles)
    } catch (error) {
      if (error instanceof Refusal) return vm.newString(`!${error.code}\n${error.message}`)
      if (!isMemoryFault(error)) onFault(error)
      return vm.null
    }
  }
  return (...handles: JSValueHandle[]): JSValueHandle => {
    previous?.dispose()
    previous = vm.null
    try {
      previous = answer(handles)
    } catch {
      // Not even the refusal fitted into memory.
    }
    return previous
  }
}

/** True for what the library throws when linear memory has no room for a value from the host. */
const isMemoryFault = (error: unknown): boolean =>
  error instanceof Error && /wasm_malloc failed/.test(error.message)

/** The argument as a string; anything else is refused. */
export const textArgument = (value: GuestValue): string => {
  if (typeof value !== 'string') throw new Refusal('ERR_INVALID_ARG_TYPE', 'expected a string')
  return value
}

/** The argument as a finite number; anything else is refused. */
export const numberArgument = (value: GuestValue): number => {
  if (typeof value !== 'number' || !Number.isFinite(value))
    throw new Refusal('ERR_INVALID_ARG_TYPE', 'expected a number')
  return value
}

/** The argument as bytes; anything else is refused. */
export const bytesArgument = (value: GuestValue): Uint8Array => {
  if (!(value instanceof Uint8Array)) throw new Refusal('ERR_INVALID_ARG_TYPE', 'expected bytes')
  return value
}
