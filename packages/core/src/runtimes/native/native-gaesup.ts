import type { KeptState } from '../../abi/kept-state.ts'
import { guestFailed } from '../../abi/errors.ts'
import type { GuestHost } from '../../abi/guest-host.ts'
import { encodeJson } from '../../abi/linear-memory.ts'
import type { Senses } from '../../abi/wasi-senses.ts'
import { ContainerSecurityError } from '../../errors.ts'
import type { NativeInstance } from './native-instance.ts'
import type { HostCalls } from './native-module.ts'
import { parse, type NativeJson } from './native-json.ts'

const largestRandom = 16n << 20n

/** No process has the network. */
export function refuseRequest(): never {
  throw new ContainerSecurityError(
    'The module asked for the network, which containers in native engines do not have. Run it with execution "in-thread" and networkAccess.',
    'FORBIDDEN',
    { option: 'networkAccess' },
  )
}

export interface GaesupPorts {
  readonly instance: NativeInstance
  readonly emit: GuestHost['emit']
  readonly log: GuestHost['onLog']
  readonly senses: Senses
  readonly held: KeptState
  readonly json: NativeJson
}

/** The imports of our own ABI. */
export function createGaesup({ instance, emit, log, senses, held, json }: GaesupPorts): HostCalls {
  const bytes = (at = 0n, length = 0n): Promise<Uint8Array> =>
    instance.running.read(Number(at), Number(length))
  const text = async (at?: bigint, length?: bigint): Promise<string> => {
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(await bytes(at, length))
    } catch (error) {
      if (error instanceof TypeError) guestFailed('The module gave text that is no UTF-8.')
      throw error
    }
  }
  const calls: Readonly<Record<string, (args: readonly bigint[]) => Promise<bigint>>> = {
    error: async ([at, length]) => guestFailed(await text(at, length)),
    log: async ([level = 0n, at, length]) => {
      log(Number(level), await text(at, length))
      return 0n
    },
    emit: async ([topicAt, topicLength, at, length]) => {
      emit(await text(topicAt, topicLength), parse(await bytes(at, length)))
      return 0n
    },
    state_set: async ([at, length]) => {
      held.state = parse(await bytes(at, length))
      held.version += 1
      return 0n
    },
    http: async () => refuseRequest(),
    clock: async ([kind]) => (kind === 0n ? senses.clock.realtimeNs() : senses.clock.monotonicNs()),
    random: async ([at = 0n, length = 0n]) => {
      if (length > largestRandom) guestFailed('The module asked for too many random bytes at once.')
      const drawn = new Uint8Array(Number(length))
      senses.random(drawn)
      await instance.running.write(Number(at), drawn)
      return 0n
    },
    state_get: async () => {
      const state = encodeJson(held.state)
      const at = await json.put(instance.running, state)
      return (BigInt(at) << 32n) | BigInt(state.length)
    },
  }
  return (name, args) => calls[name]?.(args) ?? guestFailed(`Nothing provides "gaesup.${name}".`)
}
