import { delimiter } from 'node:path'
import { fileURLToPath } from 'node:url'
import { nativeEngines, type NativeEngine } from '../../../src/runtimes/native/engines.ts'
import { probeEngine } from '../../../src/runtimes/native/probe-engine.ts'

/** An engine that is there. */
export interface PresentEngine {
  readonly title: string
  readonly engine: NativeEngine
  readonly path: string
  readonly version: string
}

/** Native engines of the machine, or else those that `.ci/services` fetched; and why others are not there. */
export async function findEngines(): Promise<{ present: PresentEngine[]; absent: string[] }> {
  const folder = process.env['GAESUP_TEST_ENGINES_PATH'] ?? ''
  if (folder !== '') process.env['PATH'] = `${process.env['PATH'] ?? ''}${delimiter}${folder}`
  const present: PresentEngine[] = []
  const absent: string[] = []
  for (const engine of nativeEngines) {
    // oxlint-disable-next-line no-await-in-loop -- three quick looks at the PATH
    const found = await probeEngine(engine)
    if (found.available) {
      const { path, version } = found
      present.push({ title: `${engine.name} ${version}`, engine, path, version })
    } else absent.push(`${engine.name}: ${found.reason}`)
  }
  return { present, absent }
}

/** Runs WASI programs in Node's own WASI. */
export const nodeWasi: NativeEngine = {
  name: 'wasmtime',
  command: process.execPath,
  oldest: [20, 0],
  hasMemories: true,
  hasTailCalls: true,
  args: (modulePath) => ['--no-warnings', scriptPath('node-wasi.ts'), modulePath],
}

/** Runs them in Wasmer, as its SDK of npm has it. */
export const wasmerSdk: NativeEngine = {
  ...nodeWasi,
  name: 'wasmer',
  hasTailCalls: false,
  args: (modulePath) => ['--no-warnings', scriptPath('wasmer-sdk.ts'), modulePath],
}

function scriptPath(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url))
}
