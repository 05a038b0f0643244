import { guestFailed } from '../../abi/errors.ts'
import { noFunction } from '../../abi/no-function.ts'
import type { Guest, GuestArguments, StopSignal } from '../../abi/guest.ts'
import { openSenses, type Senses } from '../../abi/wasi-senses.ts'
import { argumentText } from '../../abi/wasi-command.ts'
import type { CommandResult } from '../../containers/types.ts'
import { ContainerError } from '../../errors.ts'
import type { HostPlan } from '../remote/host-plan.ts'
import { addDriver, type DrivenModule } from './add-driver.ts'
import { withoutLoss } from './native-errors.ts'
import { NativeModule, type NativeStart } from './native-module.ts'
import type { NativeRun } from './native-stdio.ts'

const encoder = new TextEncoder()

/**
 * A WASI program: every call of `_start` is one run in a process of its own. An array becomes the program's arguments, anything else its
 * stdin: bytes and text as they are, other values as JSON.
 */
export async function startNativeCommand(start: NativeStart, plan: HostPlan): Promise<Guest> {
  const program = new Program(start, plan)
  await program.load()
  return program.toGuest()
}

class Program {
  readonly #start: NativeStart
  readonly #plan: HostPlan
  readonly #driven: DrivenModule
  #running: NativeModule | undefined
  #allocatedBytes = 0

  constructor(start: NativeStart, plan: HostPlan) {
    this.#start = start
    this.#plan = plan
    this.#driven = addDriver(start.prepared.bytes, [])
  }

  /** Whether the engine takes the module is known before the first run. */
  async load(): Promise<void> {
    const nothing = { args: [], stdin: new Uint8Array(), onOutput: () => undefined }
    // Nothing of this run is a look at the container's clock.
    const module = this.#open(nothing, openSenses({ clock: undefined, random: undefined }))
    try {
      await module.instance.run(() => Promise.resolve())
    } finally {
      await module.instance.close()
    }
  }

  toGuest(): Guest {
    return {
      abi: 'wasi-command',
      functions: ['_start'],
      call: (name, args, { signal }) => {
        if (name !== '_start') noFunction(name, ['_start'])
        return this.#run(args, signal)
      },
      memory: () => ({ allocatedBytes: this.#allocatedBytes, usedBytes: this.#allocatedBytes }),
      capture: () => ({ memory: new Uint8Array(), globals: [] }),
      restore: () => undefined,
      close: () => this.#running?.instance.close(),
    }
  }

  async #run(args: GuestArguments, signal: StopSignal | undefined): Promise<CommandResult> {
    const texts = { stdout: new TextDecoder(), stderr: new TextDecoder() }
    const out = { stdout: '', stderr: '' }
    const module = this.#open({
      ...inputOf(this.#plan.name, args),
      onOutput: (stream, bytes) => {
        out[stream] += texts[stream].decode(bytes, { stream: true })
        this.#start.host.onOutput(stream, bytes)
      },
    })
    this.#running = module
    try {
      const exitCode = await runOnce(module, signal)
      return { exitCode, ...out }
    } catch (error) {
      throw withoutLoss(error)
    } finally {
      this.#allocatedBytes = module.instance.memoryBytes
      this.#running = undefined
      await module.instance.close()
    }
  }

  #open(run: NativeRun, senses: Senses = this.#start.senses): NativeModule {
    const start = { ...this.#start, senses }
    return new NativeModule({ start, plan: this.#plan, driven: this.#driven, run })
  }
}

async function runOnce(module: NativeModule, signal: StopSignal | undefined): Promise<number> {
  const { startSlot, functions } = module.driven
  const { slot } = functions.get('_start') ?? guestFailed('The module exports no "_start".')
  try {
    await module.within(async (running) => {
      if (startSlot !== undefined) await running.call(startSlot, [])
      await running.call(slot, [])
    }, signal)
    return 0
  } catch (error) {
    const exitCode = exitCodeOf(error)
    if (exitCode === undefined) throw error
    return exitCode
  }
}

function exitCodeOf(error: unknown): number | undefined {
  const details = error instanceof ContainerError ? error.details : undefined
  const { exitCode } = (details ?? {}) as { readonly exitCode?: unknown }
  return typeof exitCode === 'number' ? exitCode : undefined
}

function inputOf(
  name: string,
  { list, isPositional }: GuestArguments,
): Pick<NativeRun, 'args' | 'stdin'> {
  const [first] = list
  if (isPositional)
    return {
      args: [name, ...list.map((one, n) => argument(one, `args[${n}]`))],
      stdin: new Uint8Array(),
    }
  const stdin =
    first instanceof Uint8Array ? first : encoder.encode(argumentText(first ?? '', 'args'))
  return { args: [name], stdin: list.length === 0 ? new Uint8Array() : stdin }
}

function argument(value: unknown, path: string): string {
  const text = argumentText(value, path)
  if (text.includes('\0')) throw new TypeError('Arguments and environment values hold no NUL.')
  return text
}
