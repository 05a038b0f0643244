import type { CommandResult } from '../containers/types.ts'
import { noFunction } from './no-function.ts'
import type { ReadyHost } from './guest-host.ts'
import type { Guest, GuestArguments, GuestCallOptions } from './guest.ts'
import { instantiate, unsupported } from './instance.ts'
import { jsonText } from './json-text.ts'
import { wasiImports } from './plain.ts'
import type { PreparedModule } from './prepare.ts'

const encoder = new TextEncoder()

/**
 * A WASI program: every call of `_start` is one run in a new instance. An array becomes the program's arguments, anything else its stdin:
 * bytes and text as they are, other values as JSON. What stays between runs are the files.
 */
export function startWasiCommand(prepared: PreparedModule, host: ReadyHost): Guest {
  let allocatedBytes = 0
  return {
    abi: 'wasi-command',
    functions: ['_start'],
    call(name, args, options) {
      if (name !== '_start') noFunction(name, ['_start'])
      const { result, memoryBytes } = run({ prepared, host }, args, options)
      allocatedBytes = memoryBytes
      return result
    },
    memory: () => ({ allocatedBytes, usedBytes: allocatedBytes }),
    capture() {
      if (host.fileSystemAccess) unsupported('its files are no part of a copy yet')
      return { memory: new Uint8Array(), globals: [] }
    },
    restore: () => undefined,
    close: () => undefined,
  }
}

interface Program {
  readonly prepared: PreparedModule
  readonly host: ReadyHost
}

function run(
  { prepared, host }: Program,
  { list, isPositional }: GuestArguments,
  options: GuestCallOptions,
): { result: CommandResult; memoryBytes: number } {
  const texts = { stdout: new TextDecoder(), stderr: new TextDecoder() }
  const out = { stdout: '', stderr: '' }
  let leftMs = (): number => Infinity
  if (host.wasi === undefined) throw new TypeError('A program needs WASI.')
  const wasi = host.wasi({
    args: [
      host.name,
      ...(isPositional ? list.map((one, n) => argumentText(one, `args[${n}]`)) : []),
    ],
    stdin: isPositional || list.length === 0 ? new Uint8Array() : bytesOf(list[0]),
    output: { bytes: 0 },
    leftMs: () => leftMs(),
    onOutput(stream, bytes) {
      out[stream] += texts[stream].decode(bytes, { stream: true })
      host.onOutput(stream, bytes)
    },
  })
  const running = instantiate(prepared, host, { host: wasiImports(wasi) })
  leftMs = () => running.budget.leftMs()
  const exitCode = running.budget.run(() => wasi.start(running.instance), options)
  return { result: { exitCode, ...out }, memoryBytes: running.size.sizeBytes }
}

/** Text as it is, anything else as JSON. Throws `ContainerError` (`ARGUMENT_INVALID`) where JSON cannot say it. */
export function argumentText(value: unknown, path: string): string {
  const text = typeof value === 'string' ? value : jsonText(value, path)
  if (text !== undefined) return text
  throw new TypeError('What is passed to a program is text, bytes or JSON.')
}

function bytesOf(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value
  return encoder.encode(argumentText(value, 'args'))
}
