/** Brings up the pinned pnpm and the installed dependencies on a machine that has only Node and npm. */
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readComponents } from './components.mjs'

export const root = dirname(dirname(fileURLToPath(import.meta.url)))
const stamp = join(root, 'node_modules', '.gaesup-installed')
const onWindows = process.platform === 'win32'

/** Puts the pinned pnpm on this process's path, through `npm exec` unless it is there already. */
export function ensurePnpm() {
  const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const found = spawnSync('pnpm', ['--version'], { encoding: 'utf8', shell: onWindows, cwd: root })
  if (`pnpm@${found.stdout?.trim()}` === packageManager) return
  // Outside node_modules on purpose: Nx takes that folder off the path of its tasks.
  const asked = spawnSync(
    'npm',
    [
      'exec',
      '--yes',
      '--loglevel=error',
      `--package=${packageManager}`,
      '-c',
      'node -p process.env.PATH',
    ],
    {
      cwd: root,
      encoding: 'utf8',
      shell: onWindows,
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  if (asked.error?.code === 'ENOENT') {
    stop(
      'npm is not on the path. Install Node.js 20 or newer together with npm, then run this again.',
    )
  }
  if (asked.status !== 0) {
    stop(
      `npm could not fetch ${packageManager}, which installs everything else. The first run needs the npm registry; npm said:\n${asked.stderr}`,
    )
  }
  process.env.PATH = asked.stdout.trim().split('\n').at(-1)
}

/** Installs when the lockfile or a manifest changed since the last successful install. */
export async function ensureInstalled() {
  const wanted = fingerprint()
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return
  console.log('Installing dependencies (the first time takes about a minute) …')
  const started = Date.now()
  const code = await run('pnpm', ['install', '--frozen-lockfile', '--prefer-offline'])
  if (code !== 0)
    stop(
      'Dependencies could not be installed; pnpm said why above. Without a reachable npm registry only a second run works.',
      code,
    )
  writeFileSync(stamp, wanted)
  console.log(`Dependencies are in place (${Math.round((Date.now() - started) / 1000)} s).`)
}

/**
 * Runs a command of the workspace with Node 24 first on the path and the addresses of the test components in its
 * environment; resolves to its exit code.
 */
export function run(command, args, env = {}) {
  const child = spawn(command, args, {
    cwd: root,
    stdio: 'inherit',
    shell: onWindows,
    env: environment(env),
  })
  const release = forwardSignals(child)
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', (code, signal) => {
      release()
      resolve(signal ? 1 : (code ?? 1))
    })
  })
}

/** What a command of the workspace prints on stdout; throws with its stderr when it fails. */
export function ask(command, args) {
  const answer = spawnSync(command, args, {
    cwd: root,
    encoding: 'utf8',
    env: environment(),
    maxBuffer: 64 << 20,
    shell: onWindows,
  })
  if (answer.status !== 0)
    throw new Error(
      `${command} ${args.join(' ')} failed: ${answer.error?.message ?? answer.stderr}`,
    )
  return answer.stdout
}

function environment(extra = {}) {
  const bin = join(root, 'node_modules', '.bin')
  return {
    // Nx would make every task colour its output, and with it what a program under test prints.
    FORCE_COLOR: '0',
    ...readComponents(root),
    ...process.env,
    // No Nx daemon: one less process left behind, and outputs are always restored from the cache.
    NX_DAEMON: 'false',
    NX_TUI: 'false',
    PATH: `${bin}${delimiter}${process.env.PATH}`,
    ...extra,
  }
}

/** A terminal sends Ctrl-C to the child too, so only what reaches this process alone is passed on. */
function forwardSignals(child) {
  const handlers = ['SIGINT', 'SIGTERM'].map((signal) => {
    const handler = () =>
      signal === 'SIGINT' && process.stdin.isTTY ? undefined : child.kill(signal)
    process.on(signal, handler)
    return [signal, handler]
  })
  const watch = watchParent(child)
  return () => {
    clearInterval(watch)
    handlers.forEach(([signal, handler]) => process.off(signal, handler))
  }
}

/**
 * npm and Nx run a script through a shell, and a shell that is told to end does not tell its child. So when the shell is
 * gone, the child is told here.
 */
function watchParent(child) {
  const viaShell = process.env.npm_lifecycle_event ?? process.env.NX_TASK_TARGET_TARGET
  if (onWindows || viaShell === undefined) return undefined
  const shell = process.ppid
  const check = () => process.ppid !== shell && child.kill('SIGTERM')
  return setInterval(check, 500).unref()
}

function fingerprint() {
  const hash = createHash('sha256')
  const files = ['packages', 'apps'].flatMap((folder) =>
    readdirSync(join(root, folder)).map((name) => `${folder}/${name}/package.json`),
  )
  for (const file of [
    ...files,
    'e2e/package.json',
    'scripts/package.json',
    'package.json',
    'pnpm-lock.yaml',
    'pnpm-workspace.yaml',
  ].sort()) {
    if (existsSync(join(root, file))) hash.update(file).update(readFileSync(join(root, file)))
  }
  return hash.digest('hex')
}

function stop(message, code = 1) {
  console.error(message)
  process.exit(code)
}
