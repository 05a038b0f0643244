import { guestFailed } from '../../abi/errors.ts'
import { noFunction } from '../../abi/no-function.ts'
import { outputAs } from '../../abi/extism/output.ts'
import { jsonText } from '../../abi/json-text.ts'
import type { Guest, GuestArguments, GuestCallOptions } from '../../abi/guest.ts'
import { fromNumbers } from '../../abi/numbers.ts'
import { kernelPages } from '../../abi/prepare.ts'
import { extismModule } from '../../abi/detect.ts'
import type { HostPlan } from '../remote/host-plan.ts'
import { addDriver } from './add-driver.ts'
import { createExtismCalls, refuseBlock, Variables } from './native-extism-calls.ts'
import { mutableGlobals } from './native-instance.ts'
import { NativeKernel } from './native-kernel.ts'
import { NativeModule, type NativeStart } from './native-module.ts'
import { readKernel } from './linked-kernel.ts'

const encoder = new TextEncoder()

/**
 * Extism plugins as they are. The kernel that holds what they exchange with their host is linked into the program, with a memory of its own,
 * so a plugin asks this process only for what the host knows: its configuration (`environment`), its variables, its log.
 */
export async function startNativeExtism(start: NativeStart, plan: HostPlan): Promise<Guest> {
  const { prepared } = start
  const pages = kernelPages(prepared.plan.maxPages)
  const driven = addDriver(prepared.bytes, mutableGlobals(prepared), readKernel(pages))
  const kernel = new NativeKernel(driven, pages)
  const variables = new Variables()
  const module = new NativeModule({
    start,
    plan,
    driven,
    interfaces: ({ instance, log }) => ({
      [extismModule]: createExtismCalls({ instance, log, plan, kernel, variables }),
      host: refuseBlock,
    }),
    onOpen: (running) => kernel.open(running),
  })
  try {
    await module.initialize((running) => module.callIfThere(running, 'hs_init', [0n, 0n]))
  } catch (error) {
    await module.instance.close()
    throw error
  }
  const names = [...module.functions].flatMap(([name, { params }]) =>
    params.length === 0 ? [name] : [],
  )
  return {
    ...module.shared,
    abi: 'extism',
    functions: names,
    call: (name, args, options) => {
      if (!names.includes(name)) noFunction(name, names)
      return callPlugin({ module, kernel }, { name, input: inputOf(args) }, options)
    },
    memory() {
      const allocatedBytes = module.instance.memoryBytes + kernel.sizeBytes
      return { allocatedBytes, usedBytes: allocatedBytes }
    },
    capture: async () => ({ ...(await module.instance.capture()), extra: variables.copy() }),
    async restore(image) {
      await module.instance.restore(image)
      variables.replace(image.extra as ReadonlyMap<string, Uint8Array>)
    },
  }
}

function callPlugin(
  { module, kernel }: { readonly module: NativeModule; readonly kernel: NativeKernel },
  { name, input }: { readonly name: string; readonly input: Uint8Array },
  { as = 'text', signal }: GuestCallOptions,
): Promise<unknown> {
  const call = module.prepareNumeric(module.callable(name), [])
  return module.within(async (running) => {
    await kernel.begin(running, input)
    const answer = fromNumbers(await call(running))
    const { error, output } = await kernel.outcome(running)
    if (error !== undefined) guestFailed(error)
    if (answer !== 0 && answer !== undefined)
      guestFailed(`The plugin's "${name}" gave ${JSON.stringify(answer)} and no message.`)
    return outputAs(output, { as })
  }, signal)
}

/** One argument, however it was passed: bytes and text as they are, anything else as JSON. */
function inputOf({ list, isPositional }: GuestArguments): Uint8Array {
  if (isPositional && list.length > 1)
    throw new TypeError('An Extism function takes one argument: bytes, text or a JSON value.')
  const [value] = list
  if (value === undefined) return new Uint8Array()
  if (value instanceof Uint8Array) return value
  return encoder.encode(
    typeof value === 'string' ? value : jsonText(value, isPositional ? 'args[0]' : 'args'),
  )
}
