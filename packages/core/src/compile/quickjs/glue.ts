import type { Image } from './engine.ts'
import { busyGlobal, keptGlobal, lengthAt, type Added, type GlueParts } from './glue-parts.ts'
import { giveLog, sayWaiting } from './host-glue.ts'
import {
  call,
  constant,
  copyMemory,
  get,
  getGlobal,
  isGreater,
  isOther,
  isZero,
  load,
  loadByte,
  orLowHalf,
  plus,
  repeatWhile,
  set,
  setGlobal,
  store,
  subtract,
  toHighHalf,
  toInt,
  trap,
  when,
} from './words.ts'

const i32 = 0x7f
const i64 = 0x7e

/** Indexes, from `first` on, of what `createGlue` gives before the functions of the source. */
const place = { ask: 0, text: 1, finish: 2, run: 3, free: 4 } as const

/**
 * The functions that make an interpreter speak the native ABI, and which of them are exported: for each function of the source one, `gsp_free`, and
 * with `getState` and `setState` the state.
 */
export function createGlue(
  parts: GlueParts,
  names: readonly string[],
): { functions: Added[]; exports: Map<string, number> } {
  const functions: Added[] = [ask(parts), text(parts), finish(parts), run(parts), free(parts)]
  const exports = new Map([['gsp_free', parts.first + place.free]])
  const add = (name: string, added: Added): void => {
    exports.set(name, parts.first + functions.length)
    functions.push(added)
  }
  const json = { params: [i32, i32], results: [i64] }
  const running = (operation: string, name: string, args: readonly number[]): number[] => [
    ...constant(parts.image.box(operation)),
    ...constant(parts.image.box(name)),
    ...args,
    ...call(parts.first + place.run),
  ]
  const given = [...get(0), ...get(1)]
  for (const name of names) add(name, { type: json, locals: 0, code: running('call', name, given) })
  if (names.includes('getState')) {
    const code = running('get', 'getState', [...constant(0), ...constant(0)])
    add('gsp_state', { type: { params: [], results: [i64] }, locals: 0, code })
  }
  if (names.includes('setState')) {
    const code = [...running('set', 'setState', given), ...toInt]
    add('gsp_set_state', { type: { params: [i32, i32], results: [i32] }, locals: 0, code })
  }
  if (parts.hostCall !== undefined)
    add('gsp_settle', { type: json, locals: 0, code: running('settle', 'gaesup:undefined', given) })
  return { functions, exports }
}

/** `(operation, name, json) -> box`: the driver's answer. */
function ask({ image, indexOf }: GlueParts): Added {
  const argument = (n: number): number[] => [...constant(image.scratch), ...get(n), ...store(n * 4)]
  return {
    type: { params: [i32, i32, i32], results: [i32] },
    locals: 0,
    code: [
      ...[0, 1, 2].flatMap(argument),
      ...constant(image.box('gaesup:entry')),
      ...constant(image.box('gaesup:undefined')),
      ...constant(3),
      ...constant(image.scratch),
      ...call(indexOf('qjs_call')),
    ],
  }
}

/** `(box) -> pointer`: its text, with the length in scratch memory. The box is freed; an exception becomes its message and `!`. */
function text({ image, indexOf }: GlueParts): Added {
  return {
    type: { params: [i32], results: [i32] },
    locals: 1,
    code: [
      ...get(0),
      ...call(indexOf('qjs_is_exception')),
      ...when(get(0), call(indexOf('qjs_free_value')), call(indexOf('qjs_get_exception')), set(0)),
      ...get(0),
      ...constant(image.scratch + lengthAt),
      ...call(indexOf('qjs_get_string_len')),
      ...set(1),
      ...get(0),
      ...call(indexOf('qjs_free_value')),
      ...get(1),
      ...isZero,
      ...when(trap),
      ...get(1),
    ],
  }
}

/** Locals of `finish`: an answer, its length, the result's copy. */
const [said, size, out] = [0, 1, 2]

/** `() -> pointer << 32 | length`: runs jobs, gives out the log, takes the result. */
function finish(parts: GlueParts): Added {
  const { indexOf } = parts
  const runJob = [...call(indexOf('qjs_execute_pending_job')), ...constant(0), ...isGreater]
  return {
    type: { params: [], results: [i64] },
    locals: 3,
    code: [
      ...repeatWhile(runJob),
      ...asked(parts, 'logs'),
      ...get(size),
      // Where the log ends the call, the interpreter is not in the middle of anything.
      ...when(
        [...get(said), ...setGlobal(keptGlobal), ...constant(0), ...setGlobal(busyGlobal)],
        giveLog(parts, size),
        [...constant(0), ...setGlobal(keptGlobal), ...constant(1), ...setGlobal(busyGlobal)],
      ),
      ...get(said),
      ...call(indexOf('qjs_free_cstring')),
      ...asked(parts, 'take'),
      ...(parts.hostCall === undefined ? [] : sayWaiting(parts, said)),
      ...throwRefusal(parts),
      ...copyResult(parts),
    ],
  }
}

/** Asks the driver and leaves its answer in `said` and `size`. */
function asked({ image, first }: GlueParts, operation: string): number[] {
  const nothing = constant(image.box('gaesup:undefined'))
  return [
    ...constant(image.box(operation)),
    ...nothing,
    ...nothing,
    ...call(first + place.ask),
    ...call(first + place.text),
    ...set(said),
    ...length(image),
    ...set(size),
  ]
}

/** An answer that does not start with `=` is why there is no result. It is freed at the next call. */
function throwRefusal({ error }: GlueParts): number[] {
  return [
    ...get(said),
    ...loadByte,
    ...constant('='.charCodeAt(0)),
    ...isOther,
    ...when(
      get(said),
      setGlobal(keptGlobal),
      constant(0),
      setGlobal(busyGlobal),
      rest(),
      call(error),
      trap,
    ),
  ]
}

/** What is behind the `=` in memory of its own, which the caller frees. */
function copyResult({ indexOf }: GlueParts): number[] {
  return [
    ...get(size),
    ...constant(1),
    ...subtract,
    ...set(size),
    ...get(size),
    ...call(indexOf('wasm_malloc')),
    ...set(out),
    ...get(out),
    ...isZero,
    ...when(trap),
    ...get(out),
    ...get(said),
    ...constant(1),
    ...plus,
    ...get(size),
    ...copyMemory,
    ...get(said),
    ...call(indexOf('qjs_free_cstring')),
    ...constant(0),
    ...setGlobal(busyGlobal),
    ...get(size),
    ...isZero,
    ...when(get(out), call(indexOf('wasm_free')), constant(0), set(out)),
    ...get(out),
    ...toHighHalf,
    ...get(size),
    ...orLowHalf,
  ]
}

function length(image: Image): number[] {
  return [...constant(image.scratch + lengthAt), ...load]
}

/** Pointer and length of the answer without its first byte. */
function rest(): number[] {
  return [...get(said), ...constant(1), ...plus, ...get(size), ...constant(1), ...subtract]
}

/** `(operation, name, pointer, length) -> pointer << 32 | length`: one call from outside. */
function run({ image, indexOf, first, error }: GlueParts): Added {
  const [operation, name, at, size, value] = [0, 1, 2, 3, 4]
  return {
    type: { params: [i32, i32, i32, i32], results: [i64] },
    locals: 1,
    code: [
      ...getGlobal(busyGlobal),
      ...when(constant(image.busy.at), constant(image.busy.length), call(error), trap),
      ...constant(1),
      ...setGlobal(busyGlobal),
      ...getGlobal(keptGlobal),
      ...when(
        getGlobal(keptGlobal),
        call(indexOf('qjs_free_cstring')),
        constant(0),
        setGlobal(keptGlobal),
      ),
      ...get(at),
      ...get(size),
      ...call(indexOf('qjs_new_string')),
      ...set(value),
      ...get(operation),
      ...get(name),
      ...get(value),
      ...call(first + place.ask),
      ...call(indexOf('qjs_free_value')),
      ...get(value),
      ...call(indexOf('qjs_free_value')),
      ...call(first + place.finish),
    ],
  }
}

/** `gsp_free(pointer, length)`. */
function free({ indexOf }: GlueParts): Added {
  return {
    type: { params: [i32, i32], results: [] },
    locals: 0,
    code: [...get(0), ...call(indexOf('wasm_free'))],
  }
}
