import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../../apps/daemon/dist/main.js', import.meta.url))

/** Daemons that have not ended. */
const running = new Set<ChildProcess>()

/** The built daemon as a person runs it, on free ports and in a folder of its own. */
export interface RunningDaemon {
  readonly consoleUrl: string
  readonly sandboxUrl: string
  readonly dataDir: string
  readonly pid: number
  /** Everything it printed so far. */
  output(): string
  /** SIGKILL, as a power cut would. */
  kill(): Promise<void>
  /** SIGTERM; resolves to the exit code. */
  stop(): Promise<number | null>
}

/** Starts the daemon and waits until it says where it answers. */
export async function startDaemon(
  options: { dataDir?: string; args?: readonly string[] } = {},
): Promise<RunningDaemon> {
  const dataDir = options.dataDir ?? (await newDataDir())
  const child = spawn(
    process.execPath,
    [
      main,
      'serve',
      '--port',
      '0',
      '--sandbox-port',
      '0',
      '--data',
      dataDir,
      ...(options.args ?? []),
    ],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env['PATH'], HOME: dataDir },
    },
  )
  running.add(child)
  child.once('exit', () => running.delete(child))
  let printed = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (printed += chunk.toString()))
  const output = await started(child)
  return {
    consoleUrl: found(output, /Console\s+(\S+)/),
    sandboxUrl: found(output, /Sandbox\s+(\S+)/),
    dataDir,
    pid: child.pid ?? 0,
    output: () => printed,
    kill: async () => {
      child.kill('SIGKILL')
      await ended(child)
    },
    stop: async () => {
      child.kill('SIGTERM')
      await ended(child)
      return child.exitCode
    },
  }
}

/** A folder that `removeDataDir` deletes again. */
export function newDataDir(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'gaesup-e2e-'))
}

/** Ends the daemons that a scenario left running because it failed, and deletes the folder. */
export async function removeDataDir(path: string): Promise<void> {
  for (const child of running) {
    child.kill('SIGKILL')
    await ended(child)
  }
  // A moment may pass until the programs that a killed daemon had started are gone, too.
  await rm(path, { recursive: true, force: true, maxRetries: 20 })
}

function started(child: ChildProcess): Promise<string> {
  let output = ''
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`The daemon did not start within 60 s:\n${output}`)),
      60_000,
    )
    child.once('error', reject)
    const read = (chunk: Buffer): void => {
      output += chunk.toString()
      if (!output.includes('Ctrl+C stops')) return
      clearTimeout(timer)
      resolve(output)
    }
    child.stdout?.on('data', read)
    child.stderr?.on('data', read)
    child.once('exit', (code) => {
      clearTimeout(timer)
      reject(new Error(`The daemon ended with ${code}:\n${output}`))
    })
  })
}

function found(output: string, pattern: RegExp): string {
  const value = pattern.exec(output)?.[1]
  if (value === undefined) throw new Error(`The daemon did not print ${pattern}:\n${output}`)
  return value
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
}
