import { availableParallelism, totalmem } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { getRequestListener } from '@hono/node-server'
import { createConsoleApi, openFileObjects, openSqliteTables } from '@gaesup-state/console-api'
import { createFunctionRunner, createInterpreters } from '@gaesup-state/core/interpreters'
import {
  createFileExecutionStore,
  createFileSessionStore,
  createSandboxServer,
  type SandboxServer,
} from '@gaesup-state/sandbox'
import { createCleanUp, type CleanUp } from './clean-up.ts'
import type { Config } from './config.ts'
import type { DataFolder } from './data-folder.ts'
import { DaemonError } from './errors.ts'
import { listenHttp } from './http/http-listener.ts'
import { listenOnLoopback, type Listener } from './http/loopback.ts'
import { createWeb } from './http/web.ts'
import type { Problems } from './problems.ts'
import { functionSizes } from './sizes.ts'
import { describeParts, describeRuntimes, type Status } from './status.ts'
import { version } from './version.ts'
import { createAuditSink, reportFiles, reportFunctions } from './watching.ts'

/** Everything, running. */
export interface Daemon {
  status(): Status
  /** Ends calls and programs; sessions and their files stay for the next start. */
  close(): Promise<void>
}

export interface DaemonPorts {
  readonly folder: DataFolder
  /** Told of what goes wrong in the background. */
  readonly problems: Problems
}

/** The files of a session in use are held in this process's memory, so a session gets less than an engine with a disk would give it. */
const diskLimitBytes = 64 * 2 ** 20

const consoleDir = fileURLToPath(new URL('../../console/dist', import.meta.url))

/**
 * The only place that joins the packages: each is handed what it needs, and the one isolation layer goes to both that run code.
 *
 * @throws DaemonError `PORT_TAKEN` or `CONSOLE_MISSING`
 */
export async function openDaemon(config: Config, ports: DaemonPorts): Promise<Daemon> {
  const cleanUp = createCleanUp()
  try {
    const startedAt = new Date().toISOString()
    const parts = await openParts(config, ports, cleanUp)
    const listening = { console: 0, sandbox: 0 }
    const status = (): Status => ({
      version,
      startedAt,
      dataDir: ports.folder.path,
      parts: describeParts({ folder: ports.folder, ...parts }),
      runtimes: describeRuntimes(parts.engine),
      endpoints: {
        console: `http://localhost:${listening.console}`,
        sandbox: `ws://localhost:${listening.sandbox}/ws/jsonrpc`,
      },
    })
    const web = createWeb({ ...parts, status, consoleDir, sandboxPort: () => listening.sandbox })
    listening.console = cleanUp.keep(await listenWeb(config, web)).port
    const origins = [...config.allowedOrigins, ...originsOf(listening.console)]
    // Closed by the sandbox itself, after the connections that hold it open.
    listening.sandbox = (await listenSandbox(config, parts.sandbox, origins)).port
    const close = async (): Promise<void> => {
      // Calls that run are answered while their connections are still there.
      await parts.consoleApi.close()
      await cleanUp.run()
    }
    return { status, close }
  } catch (error) {
    await cleanUp.run()
    throw error
  }
}

async function openParts(config: Config, { folder, problems }: DaemonPorts, cleanUp: CleanUp) {
  const { sessionMemoryBytes } = config
  const engine = cleanUp.keep(
    createInterpreters({
      directory: join(folder.sessionsDir, 'files'),
      maxFileBytesSetting: '--session-memory or GAESUP_SESSION_MEMORY',
      onProblem: (error) => reportFiles(problems, error),
      ...(sessionMemoryBytes === undefined ? {} : { maxFileBytes: sessionMemoryBytes }),
    }),
  )
  const sizes = functionSizes({ memoryBytes: totalmem(), processors: availableParallelism() })
  // Waiting ones have a place of their own.
  const runner = cleanUp.keep(createFunctionRunner({ maxProcesses: sizes.maxInstances + 8 }))
  const tables = cleanUp.keep(
    await usable(folder.databaseFile, async () => openSqliteTables({ path: folder.databaseFile })),
  )
  const objects = await usable(folder.objectsDir, () => openFileObjects(folder.objectsDir))
  const onProblem = (error: Error): void => reportFunctions(problems, error)
  const consoleApi = cleanUp.keep(
    createConsoleApi({ tables, objects, runner, onProblem }, { host: sizes }),
  )
  const store = createFileSessionStore(join(folder.sessionsDir, 'registry'))
  const sandbox = await usable(folder.sessionsDir, () =>
    createSandboxServer({
      engines: [engine],
      store,
      executionStore: createFileExecutionStore(join(folder.sessionsDir, 'executions')),
      audit: createAuditSink(problems),
      limits: { diskLimitBytes },
    }),
  )
  cleanUp.keep({ close: () => sandbox.close({ keepSessions: true }) })
  return { engine, consoleApi, sandbox }
}

/** Opens what the data folder holds; what cannot be opened is named with its place. */
async function usable<Part>(path: string, open: () => Promise<Part>): Promise<Part> {
  try {
    return await open()
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    const message = `${path} cannot be used: ${why}. Move it away, or choose another folder with --data or GAESUP_DATA.`
    throw new DaemonError('DATA_UNUSABLE', message, { cause })
  }
}

/** The console's own pages, by every name of this machine. */
function originsOf(port: number): string[] {
  return ['localhost', '127.0.0.1', '[::1]'].map((host) => `http://${host}:${port}`)
}

function listenWeb(config: Config, web: ReturnType<typeof createWeb>): Promise<Listener> {
  const onRequest = getRequestListener((request) => web.fetch(request))
  return listenOnLoopback({
    port: config.port,
    setting: '--port or GAESUP_PORT',
    listen: (host, port) =>
      listenHttp((request, response) => void onRequest(request, response), host, port),
  })
}

function listenSandbox(
  config: Config,
  sandbox: SandboxServer,
  allowedOrigins: readonly string[],
): Promise<Listener> {
  return listenOnLoopback({
    port: config.sandboxPort,
    setting: '--sandbox-port or GAESUP_SANDBOX_PORT',
    listen: (host, port) => sandbox.listen({ host, port, allowedOrigins }),
  })
}
