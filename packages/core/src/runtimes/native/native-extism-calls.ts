import { guestFailed } from '../../abi/errors.ts'
import type { GuestHost } from '../../abi/guest-host.ts'
import { ContainerMemoryError } from '../../errors.ts'
import type { HostPlan } from '../remote/host-plan.ts'
import { refuseRequest } from './native-gaesup.ts'
import type { NativeInstance } from './native-instance.ts'
import type { NativeKernel } from './native-kernel.ts'
import type { HostCalls } from './native-module.ts'

const encoder = new TextEncoder()
/** Names and values of all variables together. */
const maxVariableBytes = 1 << 20

/** What a plugin keeps from call to call. */
export class Variables {
  #kept = new Map<string, Uint8Array>()

  get(name: string): Uint8Array | undefined {
    return this.#kept.get(name)
  }

  /** No value takes it away. Throws `MEMORY_LIMIT`. */
  set(name: string, value: Uint8Array | undefined): void {
    const next = new Map(this.#kept)
    if (value === undefined) next.delete(name)
    else next.set(name, value.slice())
    const bytes = [...next].reduce((sum, [key, one]) => sum + key.length + one.length, 0)
    if (bytes > maxVariableBytes) {
      throw new ContainerMemoryError(
        `The plugin's variables may have ${maxVariableBytes} bytes together.`,
        'MEMORY_LIMIT',
      )
    }
    this.#kept = next
  }

  copy(): Map<string, Uint8Array> {
    return new Map([...this.#kept].map(([name, value]) => [name, value.slice()]))
  }

  replace(variables: ReadonlyMap<string, Uint8Array>): void {
    this.#kept = new Map([...variables].map(([name, value]) => [name, value.slice()]))
  }
}

export interface ExtismPorts {
  readonly instance: NativeInstance
  readonly log: GuestHost['onLog']
  readonly plan: HostPlan
  readonly kernel: NativeKernel
  readonly variables: Variables
}

/** What plugins ask their host for; everything else is in the kernel. */
export function createExtismCalls(ports: ExtismPorts): HostCalls {
  const { instance, plan, kernel, variables } = ports
  const text = (at = 0n): Promise<string> => kernel.text(instance.running, Number(at))
  const give = (value: Uint8Array | undefined): Promise<bigint> =>
    kernel.write(instance.running, value ?? new Uint8Array())
  const log =
    (level: number): Call =>
    async ([at]) => {
      ports.log(level, await text(at))
      return 0n
    }
  const calls: Readonly<Record<string, Call>> = {
    config_get: async ([at]) => {
      const name = await text(at)
      const value = Object.hasOwn(plan.environment, name) ? plan.environment[name] : undefined
      return give(encoder.encode(value))
    },
    var_get: async ([at]) => give(variables.get(await text(at))),
    var_set: async ([at, value = 0n]) => {
      const bytes = value === 0n ? undefined : await kernel.read(instance.running, Number(value))
      variables.set(await text(at), bytes)
      return 0n
    },
    log_error: log(0),
    log_warn: log(1),
    log_info: log(2),
    log_debug: log(3),
    log_trace: log(4),
    get_log_level: async () => 4n,
    http_request: async () => refuseRequest(),
    http_status_code: async () => 0n,
    http_headers: async () => 0n,
  }
  return (name, args) =>
    calls[name]?.(args) ?? guestFailed(`Nothing provides "extism:host/env.${name}".`)
}

type Call = (args: readonly bigint[]) => Promise<bigint>

/** What the kernel reports. */
export const refuseBlock: HostCalls = (_, [reason]) => {
  if (reason !== 1n) return guestFailed('The plugin named an address outside of its blocks.')
  throw new ContainerMemoryError(
    'The plugin has no memory left for what it exchanges with the host: a quarter of maxMemory.',
    'MEMORY_LIMIT',
  )
}
