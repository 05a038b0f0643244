import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { DaemonError } from './errors.ts'

/** Everything a person can set about the daemon. */
export interface Config {
  /** Console, `/api`, `/health`, `/status`. Default 8000; 0 takes a free port. */
  readonly port: number
  /** JSON-RPC sessions. Default 5000; 0 takes a free port. */
  readonly sandboxPort: number
  /** Absolute folder that holds everything the daemon keeps. Default `.gaesup` in the working folder. */
  readonly dataDir: string
  /** Pages that may talk to the sandbox beside the daemon's own, e.g. a development server. */
  readonly allowedOrigins: readonly string[]
  /** Memory that the files of all sessions in use may take, bytes. Default a quarter of the machine's, at most 2 GiB. */
  readonly sessionMemoryBytes?: number
}

export type Command =
  | { readonly name: 'serve'; readonly config: Config }
  | { readonly name: 'help' }
  | { readonly name: 'version' }

export const help = `gaesup: run code you did not write, isolated and limited.

Usage: gaesup [serve] [options]

Options                       Environment               Default
  --port <n>                  GAESUP_PORT               8000       console and HTTP API
  --sandbox-port <n>          GAESUP_SANDBOX_PORT       5000       WebSocket sessions (JSON-RPC 2.0)
  --data <folder>             GAESUP_DATA               .gaesup    everything that is kept
  --allow-origin <origin>     GAESUP_ALLOWED_ORIGINS               more pages that may open sessions (repeat, or separate by commas)
  --session-memory <MiB>        GAESUP_SESSION_MEMORY                memory for the files of sessions in use; default a
                                                                   quarter of the machine's, at most 2048
  --host <address>            GAESUP_HOST               127.0.0.1  loopback only; anything wider is refused
  --help, -h                                                       this text
  --version, -v                                                    version of the daemon

Both ports listen on this machine only. Port 0 takes a free port.`

const options = {
  port: { type: 'string' },
  'sandbox-port': { type: 'string' },
  data: { type: 'string' },
  'session-memory': { type: 'string' },
  host: { type: 'string' },
  'allow-origin': { type: 'string', multiple: true },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
} as const

/**
 * Reads the command line and the environment; flags win.
 *
 * @throws DaemonError `BAD_OPTION` or `HOST_NOT_LOOPBACK`
 */
export function parseCommand(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  cwd: string,
): Command {
  const { values, positionals } = readFlags(argv)
  if (values.help === true || positionals[0] === 'help') return { name: 'help' }
  if (values.version === true || positionals[0] === 'version') return { name: 'version' }
  if (positionals.length > 1 || (positionals[0] ?? 'serve') !== 'serve') {
    throw new DaemonError(
      'BAD_OPTION',
      `Unknown command "${positionals.join(' ')}". The command is "serve"; see gaesup --help.`,
    )
  }
  const sessionMemory = values['session-memory'] ?? env['GAESUP_SESSION_MEMORY']
  refuseWideHost(values.host ?? env['GAESUP_HOST'] ?? '127.0.0.1')
  return {
    name: 'serve',
    config: {
      port: parsePort(values.port ?? env['GAESUP_PORT'] ?? '8000', '--port'),
      sandboxPort: parsePort(
        values['sandbox-port'] ?? env['GAESUP_SANDBOX_PORT'] ?? '5000',
        '--sandbox-port',
      ),
      dataDir: resolve(cwd, values.data ?? env['GAESUP_DATA'] ?? '.gaesup'),
      allowedOrigins: (
        values['allow-origin'] ??
        env['GAESUP_ALLOWED_ORIGINS']?.split(',') ??
        []
      ).map(parseOrigin),
      ...(sessionMemory === undefined ? {} : { sessionMemoryBytes: parseMemory(sessionMemory) }),
    },
  }
}

function readFlags(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options, allowPositionals: true })
  } catch (cause) {
    throw new DaemonError(
      'BAD_OPTION',
      `${cause instanceof Error ? cause.message : String(cause)} See gaesup --help.`,
      { cause },
    )
  }
}

function parsePort(text: string, flag: string): number {
  const port = Number(text)
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port
  throw new DaemonError('BAD_OPTION', `${flag} must be a port from 0 to 65535, not "${text}".`)
}

/** Less than one session may hold would refuse what the session allows. */
const leastSessionMemoryMiB = 64

function parseMemory(text: string): number {
  const mebibytes = Number(text)
  if (/^\d{1,7}$/.test(text) && mebibytes >= leastSessionMemoryMiB) return mebibytes * 2 ** 20
  throw new DaemonError(
    'BAD_OPTION',
    `--session-memory must be a whole number of MiB, at least ${leastSessionMemoryMiB}, not "${text}".`,
  )
}

function parseOrigin(text: string): string {
  const url = URL.canParse(text.trim()) ? new URL(text.trim()) : undefined
  if (url !== undefined && url.origin !== 'null' && url.pathname === '/' && url.search === '')
    return url.origin
  throw new DaemonError(
    'BAD_OPTION',
    `--allow-origin must be an origin such as http://localhost:5173, not "${text}".`,
  )
}

function refuseWideHost(host: string): void {
  if (['127.0.0.1', 'localhost', '::1', '[::1]'].includes(host)) return
  throw new DaemonError(
    'HOST_NOT_LOOPBACK',
    `Listening on "${host}" would let others run code here without authentication. ` +
      'Keep 127.0.0.1 and put a reverse proxy that authenticates in front.',
  )
}
