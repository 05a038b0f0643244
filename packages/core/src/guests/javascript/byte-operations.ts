import { pbkdf2Sync, scryptSync } from 'node:crypto'
import * as zlib from 'node:zlib'
import {
  bytesArgument,
  numberArgument,
  Refusal,
  textArgument,
  type HostOperation,
} from './bridge.ts'

/** Largest result of one decompression, bytes, whatever the memory limit. */
const maxInflatedBytes = 256 * 1_048_576
const maxKeyBytes = 1_048_576
/** Memory that one scrypt may use, bytes. */
const maxScryptBytes = 128 * 1_048_576

const compressors = {
  gzip: zlib.gzipSync,
  gunzip: zlib.gunzipSync,
  deflate: zlib.deflateSync,
  inflate: zlib.inflateSync,
  deflateRaw: zlib.deflateRawSync,
  inflateRaw: zlib.inflateRawSync,
  unzip: zlib.unzipSync,
} as const

/** What the library refuses becomes the program's error; nothing else is let through. */
const refusing = <T>(run: () => T): T => {
  try {
    return run()
  } catch (error) {
    if (error instanceof Error && 'code' in error)
      throw new Refusal(String(error.code), error.message)
    throw error
  }
}

const settings = (text: string): Record<string, number> => {
  const given: unknown = JSON.parse(text)
  const numbers: Record<string, number> = {}
  if (typeof given !== 'object' || given === null) return numbers
  for (const name of ['level', 'windowBits', 'memLevel', 'strategy']) {
    const value: unknown = Object.hasOwn(given, name) ? Reflect.get(given, name) : undefined
    if (typeof value === 'number') numbers[name] = value
  }
  return numbers
}

const keyLength = (value: number): number => {
  if (!Number.isInteger(value) || value < 0 || value > maxKeyBytes)
    throw new Refusal('ERR_OUT_OF_RANGE', 'The value of "keylen" is out of range.')
  return value
}

const keyOperations: [string, HostOperation][] = [
  [
    'pbkdf2',
    ([password, salt, rounds, length, digest]) =>
      refusing(
        () =>
          new Uint8Array(
            pbkdf2Sync(
              bytesArgument(password),
              bytesArgument(salt),
              numberArgument(rounds),
              keyLength(numberArgument(length)),
              textArgument(digest),
            ),
          ),
      ),
  ],
  [
    'scrypt',
    ([password, salt, length, cost, blockSize, parallelization, maxmem]) =>
      refusing(
        () =>
          new Uint8Array(
            scryptSync(
              bytesArgument(password),
              bytesArgument(salt),
              keyLength(numberArgument(length)),
              {
                cost: numberArgument(cost),
                blockSize: numberArgument(blockSize),
                parallelization: numberArgument(parallelization),
                maxmem: Math.min(maxScryptBytes, numberArgument(maxmem)),
              },
            ),
          ),
      ),
  ],
]

const decodeOperations: [string, HostOperation][] = [
  ['decode.name', ([label]) => refusing(() => new TextDecoder(textArgument(label)).encoding)],
  [
    'decode',
    ([label, bytes, fatal, ignoreBOM]) =>
      refusing(() =>
        new TextDecoder(textArgument(label), {
          fatal: fatal === true,
          ignoreBOM: ignoreBOM === true,
        }).decode(bytesArgument(bytes)),
      ),
  ],
]

/**
 * Work on bytes that would take a hundred times as long inside: compression, keys from passwords, old encodings.
 *
 * @param memoryLimitBytes nothing larger than a program's memory is given back
 */
export const byteOperations = (memoryLimitBytes: number): [string, HostOperation][] => [
  [
    'zlib',
    ([operation, bytes, options]) => {
      const name = textArgument(operation)
      if (!Object.hasOwn(compressors, name)) throw new Refusal('ERR_UNKNOWN_OPERATION')
      const run = compressors[name as keyof typeof compressors]
      return refusing(
        () =>
          new Uint8Array(
            run(bytesArgument(bytes), {
              ...settings(textArgument(options)),
              maxOutputLength: Math.min(memoryLimitBytes, maxInflatedBytes),
            }),
          ),
      )
    },
  ],
  ['crc32', ([bytes, start]) => zlib.crc32(bytesArgument(bytes), numberArgument(start) >>> 0)],
  ...keyOperations,
  ...decodeOperations,
]
