import type { FunctionType } from '../binary/types.ts'
import { guestFailed } from './errors.ts'
import type { HttpRequest, HttpResponse } from '../network/types.ts'
import type { ReadyHost } from './guest-host.ts'
import type { Guest, GuestImage, GuestState } from './guest.ts'
import { createHostCalls, type HostCalls } from './host-calls.ts'
import { askHttp, askHttpLater, fromBase64, toBase64, toRequest } from './http.ts'
import { exportedFunction, type Running } from './instance.ts'
import { encodeJson } from './linear-memory.ts'
import {
  callableFunctions,
  captureReactor,
  directNumeric,
  laterNumeric,
  listOf,
  numericCall,
  startReactor,
} from './plain.ts'
import { keptState, type KeptState } from './kept-state.ts'
import { createJsonCalls, pack, writeBytes, type JsonCalls } from './native-json.ts'
import { fromNumbers, type CallableFunction } from './numbers.ts'
import type { PreparedModule } from './prepare.ts'
import { spendOutput, type Output } from './output.ts'
import { createCalls, createLaterCalls } from './ready-calls.ts'
import { readAbiSection } from './section.ts'

const encoder = new TextEncoder()
const decoder = new TextDecoder()
const i32 = 0x7f
const i64 = 0x7e

/**
 * Modules of our own ABI: `gsp_alloc(length) -> pointer`, functions `(pointer, length) -> pointer << 32 | length` with JSON on both
 * sides (the arguments as one array, nothing as length 0), `gsp_free(pointer, length)` where exported. Functions of any other type, and those
 * the section lists under `numeric`, take numbers.
 */
export function startNative(prepared: PreparedModule, host: ReadyHost): Guest {
  const held = { state: undefined as unknown, version: 0 }
  const late: { running?: Running } = {}
  const running = (): Running =>
    late.running ?? guestFailed('The module called the host in its start function.')
  const hostCalls = createHostCalls(host, () => prepared.shape.exports.has('gsp_settle'))
  const reactor = startReactor(prepared, host, (output) => ({
    host: { gaesup: gaesupImports(running, host, { held, output, hostCalls }) },
  }))
  late.running = reactor.running
  const json = createJsonCalls(reactor.running, hostCalls)
  const functions = callableFunctions(prepared)
  const ownsState = prepared.shape.exports.has('gsp_state')
  const mayWait = reactor.running.suspends || prepared.shape.exports.has('gsp_settle')
  const { numeric } = readAbiSection(prepared.shape)
  const jsonNames = new Set(
    [...functions.values()]
      .filter(isJson)
      .flatMap(({ name }) => (numeric.includes(name) ? [] : name)),
  )
  const state = stateOf({ prepared, json, running: reactor.running, held })
  const touch = (): void => {
    reactor.begin()
    held.version += 1
  }
  const begin = ownsState && !isVersioned(reactor.running) ? touch : reactor.begin
  const callee = { running: reactor.running, begin }
  const makeLater = (callable: CallableFunction): ReturnType<typeof json.later> => {
    if (jsonNames.has(callable.name)) return json.later(callable.name)
    const call = laterNumeric(reactor.running, callable)
    return async (args) => fromNumbers(await call(listOf(args)))
  }
  const direct = directNumeric(reactor.running)
  const make = (callable: CallableFunction): ((args: unknown) => unknown) => {
    if (jsonNames.has(callable.name)) return json.ready(callable.name)
    return numericCall(reactor.running, callable)
  }
  return {
    abi: 'native',
    ...(mayWait
      ? createLaterCalls(callee, functions, makeLater)
      : createCalls(
          { ...callee, direct: (one) => (jsonNames.has(one.name) ? undefined : direct(one)) },
          functions,
          make,
        )),
    memory: () => memoryOf(reactor.running),
    ...(state === undefined ? {} : { state }),
    ...healthOf(reactor.running),
    capture: (): GuestImage => ({
      ...captureReactor(prepared, host, reactor.running),
      extra: { state: held.state, version: held.version },
    }),
    restore(image) {
      reactor.running.restore(image)
      Object.assign(held, image.extra)
    },
    close: reactor.close,
  }
}

interface OwnParts {
  readonly held: KeptState
  readonly output: Output
  readonly hostCalls: HostCalls
}

/** The imports a module of this ABI may use. */
function gaesupImports(
  running: () => Running,
  host: ReadyHost,
  { held, output, hostCalls }: OwnParts,
): Record<string, (...args: never[]) => unknown> {
  const emit = (topicAt: number, topicLength: number, ...data: [number, number]): void => {
    const { memory } = running()
    host.emit(memory.text(topicAt, topicLength), memory.json(...data))
  }
  const give = (one: Running, value: unknown): bigint => pack(writeBytes(one, encodeJson(value)))
  const http = (at: number, length: number): bigint => {
    const one = running()
    const { request, isBinary } = httpRequest(one.memory.json(at, length))
    const response = askHttp(host, request, () => one.budget.leftMs())
    return give(one, httpAnswer(response, isBinary))
  }
  const httpLater = async (at: number, length: number): Promise<bigint> => {
    const one = running()
    const { request, isBinary } = httpRequest(one.memory.json(at, length))
    const response = await askHttpLater(host, request, one.budget)
    return give(one, httpAnswer(response, isBinary))
  }
  return {
    http: host.httpLater === undefined ? http : httpLater,
    call: (at: number, length: number) => {
      const one = running()
      return pack(writeBytes(one, encoder.encode(hostCalls.answer(one.memory.text(at, length)))))
    },
    error: (at: number, length: number) => {
      const message = running().memory.text(at, length)
      hostCalls.rethrow(message)
      guestFailed(message)
    },
    log: (level: number, ...text: [number, number]) => {
      spendOutput(output, text[1] >>> 0, host.maxOutputBytes)
      host.onLog(level, running().memory.text(...text))
    },
    emit,
    clock: (kind: number) =>
      kind === 0 ? host.senses.clock.realtimeNs() : host.senses.clock.monotonicNs(),
    random: (at: number, length: number) =>
      host.senses.random(running().memory.view(at >>> 0, length >>> 0)),
    state_set: (at: number, length: number) => {
      held.state = running().memory.json(at, length)
      held.version += 1
    },
    state_get: () => {
      const one = running()
      return pack(writeBytes(one, encodeJson(held.state)))
    },
  }
}

/** Bodies are text; `encoding: 'base64'` says otherwise, of both. */
function httpRequest(value: unknown): { request: HttpRequest; isBinary: boolean } {
  const request = toRequest(value)
  const { body, encoding } = value as { readonly body?: unknown; readonly encoding?: unknown }
  const isBinary = encoding === 'base64'
  if (typeof body !== 'string') return { request, isBinary }
  const bytes = isBinary ? fromBase64(body) : encoder.encode(body)
  return { request: { ...request, body: bytes }, isBinary }
}

function httpAnswer({ body, ...rest }: HttpResponse, isBinary: boolean): unknown {
  return { ...rest, body: isBinary ? toBase64(body) : decoder.decode(body) }
}

function isJson({ params, results }: FunctionType): boolean {
  return (
    params.length === 2 &&
    params.every((one) => one === i32) &&
    results.length === 1 &&
    results[0] === i64
  )
}

interface StateParts {
  readonly prepared: PreparedModule
  readonly json: JsonCalls
  readonly running: Running
  readonly held: KeptState
}

/** `gsp_state` and `gsp_set_state`, or what the module set through the host. */
function stateOf({ prepared, json, running, held }: StateParts): GuestState | undefined {
  const { shape } = prepared
  if (shape.exports.has('gsp_state')) return ownState({ prepared, json, running, held })
  return keptState(shape, held)
}

/** Without a version every call may have changed the state. */
function isVersioned({ exports }: Running): boolean {
  return exports['gsp_state_version'] instanceof WebAssembly.Global
}

function ownState({ running, json, held }: StateParts): GuestState {
  const version = running.exports['gsp_state_version']
  return {
    version: () =>
      version instanceof WebAssembly.Global
        ? (version.value as number | bigint)
        : held.version + running.budget.bursts.calls,
    read: () => json.read('gsp_state'),
    write(value) {
      if (exportedFunction(running, 'gsp_set_state') === undefined)
        guestFailed('The module gives its state but exports no "gsp_set_state" to replace it.')
      held.version += 1
      const answer = json.write('gsp_set_state', value)
      if (answer !== 0) guestFailed(`The module refused the state: gsp_set_state gave ${answer}.`)
    },
  }
}

/** A global and not a function: looking at it runs nothing of the module. */
function memoryOf(running: Running): { allocatedBytes: number; usedBytes: number } {
  const allocatedBytes = running.size.sizeBytes
  const used = running.exports['gsp_memory_used']
  if (!(used instanceof WebAssembly.Global)) return { allocatedBytes, usedBytes: allocatedBytes }
  return { allocatedBytes, usedBytes: Math.min(Number(used.value) >>> 0, allocatedBytes) }
}

function healthOf(running: Running): { health?(): number } {
  const health = exportedFunction(running, 'gsp_health')
  return health === undefined ? {} : { health: () => running.budget.run(() => Number(health())) }
}
