import type { WASMRuntime } from '../containers/types.ts'
import { environmentRuntime } from './in-thread.ts'
import type * as nodeRuntimes from './index.ts'
import type { RuntimeAdapter } from './runtime-adapter.ts'

type NodeRuntimes = typeof nodeRuntimes

/** An engine that runs in a process, or an adapter that says why there can be none. */
export async function loadProcessRuntime(name: WASMRuntime): Promise<RuntimeAdapter> {
  if (environmentRuntime() === 'browser')
    return absent(name, 'this program runs in a browser, which starts no processes')
  const url = entryOf(import.meta.url)
  if (url === undefined) {
    const how = 'give it through "runtimes", from "@gaesup-state/core/runtimes"'
    return absent(name, `this program was bundled without it; ${how}`)
  }
  // No bundler for a page may follow this: what starts processes is there in Node only.
  const runtimes = (await import(/* @vite-ignore */ url)) as NodeRuntimes
  if (name === 'nodejs') return runtimes.createProcessRuntime()
  const engine = runtimes.nativeEngines.find((one) => one.name === name)
  return engine === undefined
    ? absent(name, 'it has no command line')
    : runtimes.createNativeRuntime(engine)
}

function absent(name: WASMRuntime, reason: string): RuntimeAdapter {
  return {
    name,
    execution: 'process',
    probe: () => Promise.resolve({ available: false, reason }),
    start: () => Promise.reject(new TypeError(`${name} is not available: ${reason}.`)),
  }
}

/** Beside this file in the sources, else in `dist`. */
function entryOf(here: string): string | undefined {
  if (here.endsWith('.ts')) return new URL('./index.ts', here).href
  const at = here.lastIndexOf('/dist/')
  return at < 0 ? undefined : `${here.slice(0, at)}/dist/runtimes/index.js`
}
