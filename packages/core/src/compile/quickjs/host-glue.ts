import { busyGlobal, lengthAt, randomAt, type Added, type GlueParts } from './glue-parts.ts'
import {
  call,
  constant,
  get,
  isSame,
  isZero,
  leave,
  load,
  loadByte,
  set,
  setGlobal,
  store,
  storeLong,
  toFraction,
  trap,
  when,
} from './words.ts'

const i32 = 0x7f
/** Places in scratch memory: a vector for `fd_write`, and pointer and length from the host. */
const vectorAt = 24
const packedAt = 40

/**
 * Stands for the interpreter's `host_call(name, length, this, count, arguments) -> box`: without arguments a random number, and where the source may
 * call the host, text of the first argument there, text back.
 */
export function hostCallCode(parts: GlueParts): Added {
  const count = 3
  return {
    type: { params: [i32, i32, i32, i32, i32], results: [i32] },
    locals: 1,
    code:
      parts.hostCall === undefined
        ? randomNumber(parts)
        : [
            ...get(count),
            ...isZero,
            ...when(randomNumber(parts), leave),
            ...askHost(parts, parts.hostCall),
          ],
  }
}

/** Eight random bytes, the upper 53 bits of them as a number from 0 to below 1, in a box. */
function randomNumber({ image, indexOf, random, write }: GlueParts): number[] {
  const at = constant(image.scratch + randomAt)
  return [
    ...at,
    ...constant(8),
    ...call(random),
    // WASI answers whether it may give any.
    ...(write === undefined ? [] : when(trap)),
    ...at,
    ...toFraction,
    ...call(indexOf('qjs_new_number')),
  ]
}

function askHost({ image, indexOf }: GlueParts, target: number): number[] {
  const [args, text] = [4, 5]
  const packed = constant(image.scratch + packedAt)
  const length = [...packed, ...load]
  return [
    ...get(args),
    ...load,
    ...constant(image.scratch + lengthAt),
    ...call(indexOf('qjs_get_string_len')),
    ...set(text),
    ...packed,
    ...get(text),
    ...constant(image.scratch + lengthAt),
    ...load,
    ...call(target),
    ...storeLong,
    ...get(text),
    ...call(indexOf('qjs_free_cstring')),
    ...constant(image.scratch + packedAt + 4),
    ...load,
    ...set(text),
    ...get(text),
    ...length,
    ...call(indexOf('qjs_new_string')),
    ...get(text),
    ...call(indexOf('wasm_free')),
  ]
}

/** A function that waits for the host answers -1, which is no pointer and length. */
export function sayWaiting({ indexOf }: GlueParts, said: number): number[] {
  return [
    ...get(said),
    ...loadByte,
    ...constant('~'.charCodeAt(0)),
    ...isSame,
    ...when(
      get(said),
      call(indexOf('qjs_free_cstring')),
      constant(0),
      setGlobal(busyGlobal),
      [0x42, 0x7f, 0x0f],
    ),
  ]
}

/** Passes on what was printed: the text in local 0, its length in the local `size`. */
export function giveLog({ image, log, write }: GlueParts, size: number): number[] {
  if (write === undefined) return [...constant(2), ...get(0), ...get(size), ...call(log)]
  const vector = image.scratch + vectorAt
  return [
    ...constant(vector),
    ...get(0),
    ...store(0),
    ...constant(vector),
    ...get(size),
    ...store(4),
    ...constant(1),
    ...constant(vector),
    ...constant(1),
    ...constant(vector + 8),
    ...call(write),
    0x1a,
  ]
}
