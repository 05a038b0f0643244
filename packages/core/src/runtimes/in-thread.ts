import type { WASMRuntime } from '../containers/types.ts'
import { late } from '../late.ts'
import type { RuntimeAdapter, RuntimeProbe } from './runtime-adapter.ts'

/** Loaded with the first module, as what rewrites it is: a page that starts none yet needs neither. */
const starter = late(() => import('../abi/start-guest.ts'))

/** The engine this code itself runs in: containers run in the calling thread, and their limits hold there. */
export function createInThreadRuntime(name: 'browser' | 'nodejs'): RuntimeAdapter {
  return {
    name,
    execution: 'in-thread',
    probe: () => Promise.resolve(probeEnvironment(name)),
    start: async (prepared, host) => (await starter()).startGuest(prepared, host),
  }
}

/** Whether this program runs in that engine. */
export function probeEnvironment(name: 'browser' | 'nodejs'): RuntimeProbe {
  const here = environmentRuntime()
  if (here === name) return { available: true, ...versionOf(name) }
  const reason = `this program runs in ${here === 'nodejs' ? 'Node' : 'a browser'}`
  return { available: false, reason }
}

/** Which of the two this is. */
export function environmentRuntime(): 'browser' | 'nodejs' {
  return nodeVersion() === undefined ? 'browser' : 'nodejs'
}

function versionOf(name: WASMRuntime): { version?: string } {
  const version = name === 'nodejs' ? nodeVersion() : undefined
  return version === undefined ? {} : { version }
}

function nodeVersion(): string | undefined {
  const { process } = globalThis as { process?: { versions?: { node?: string } } }
  return process?.versions?.node
}
