import { mkdtempSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RuntimeAdapter } from '../runtime-adapter.ts'
import { EngineProcess } from './engine-process.ts'
import type { NativeEngine } from './engines.ts'
import { startNativeGuest } from './native-guest.ts'
import { probeEngine, type FoundEngine } from './probe-engine.ts'

/** Options of `createNativeRuntime`. */
export interface NativeRuntimeOptions {
  /** Of the engine's program. Default: looked for on the PATH. */
  readonly path?: string | undefined
  /** Milliseconds until the engine has loaded a module. Default 30,000. */
  readonly startTimeoutMs?: number
}

/** An engine on this machine, one process a container. */
export function createNativeRuntime(
  engine: NativeEngine,
  { path, startTimeoutMs }: NativeRuntimeOptions = {},
): RuntimeAdapter {
  let found: Promise<FoundEngine> | undefined
  const probe = (): Promise<FoundEngine> => (found ??= probeEngine(engine, { path }))
  return {
    name: engine.name,
    execution: 'process',
    async probe() {
      const result = await probe()
      return result.available ? { available: true, version: result.version } : result
    },
    async start(prepared, host) {
      const result = await probe()
      if (!result.available) throw new TypeError(`${engine.name} was not probed: ${result.reason}.`)
      return startNativeGuest({
        prepared,
        host,
        engine: engine.name,
        startTimeoutMs,
        hasMemories: engine.hasMemories,
        hasTailCalls: engine.hasTailCalls,
        open: (bytes) =>
          openEngine(engine, result.path, { bytes, maxPages: prepared.plan.maxPages }),
      })
    },
  }
}

/** The module lies in a folder of its own until the engine has read it. */
function openEngine(
  engine: NativeEngine,
  path: string,
  module: { bytes: Uint8Array; maxPages: number },
): EngineProcess {
  const folder = mkdtempSync(join(tmpdir(), 'gaesup-engine-'))
  const file = join(folder, 'module.wasm')
  writeFileSync(file, module.bytes, { mode: 0o600 })
  const maxPages = Math.max(module.maxPages, 1)
  const opened = new EngineProcess(
    {
      path,
      args: engine.args(file, { maxPages }),
      cwd: tmpdir(),
      env: { HOME: folder, PATH: process.env['PATH'] ?? '' },
    },
    maxPages,
  )
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true, maxRetries: 5 })
  // Where it cannot be removed while it is in use, it can be afterwards.
  void opened.hasRead.then(() => remove().catch(() => opened.gone.then(remove)))
  return opened
}
