import type { Guest } from '../../abi/guest.ts'
import { openSenses } from '../../abi/wasi-senses.ts'
import { ContainerError, ContainerStartupError } from '../../errors.ts'
import { withoutLoss } from './native-errors.ts'
import { startNativeAssemblyScript } from './native-assembly-script.ts'
import { startNativeCommand } from './native-command.ts'
import { startNativeExtism } from './native-extism.ts'
import type { NativeStart } from './native-module.ts'
import { planFor } from './native-plan.ts'
import { startNativeReactor } from './native-reactor.ts'

/** Starts a module in a native engine. Rejects with `ContainerError`s. */
export async function startNativeGuest(given: Omit<NativeStart, 'senses'>): Promise<Guest> {
  const start = { ...given, senses: openSenses(given.host) }
  const plan = planFor(start)
  try {
    switch (start.prepared.abi) {
      case 'assemblyscript':
        return await startNativeAssemblyScript(start, plan)
      case 'extism':
        return await startNativeExtism(start, plan)
      case 'wasi-command':
        return await startNativeCommand(start, plan)
      default:
        return await startNativeReactor(start, plan)
    }
  } catch (cause) {
    throw startupError(cause, start.engine)
  }
}

/** Nothing is lost yet where nothing has begun. */
function startupError(error: unknown, engine: string): unknown {
  const cause = withoutLoss(error)
  if (!(cause instanceof ContainerError) || cause instanceof ContainerStartupError) return cause
  const what =
    cause.code === 'RUNTIME_LOST'
      ? `${engine} did not start the module`
      : "The module's start function failed"
  return new ContainerStartupError(`${what}: ${cause.message}`, 'STARTUP_FAILED', { cause })
}
