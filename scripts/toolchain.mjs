/** Brings up the pinned pnpm and the installed dependencies on a machine that has only Node and npm. */
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = dirname(dirname(fileURLToPath(import.meta.url)))
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const pnpmVersion = manifest.packageManager.split('@')[1]
const stamp = join(root, 'node_modules', '.gaesup-installed')
const onWindows = process.platform === 'win32'

/** Re-runs this process under `npm exec` unless the pinned pnpm is already on the path. */
export function ensurePnpm() {
  const found = spawnSync('pnpm', ['--version'], { encoding: 'utf8', shell: onWindows, cwd: root })
  if (found.stdout?.trim() === pnpmVersion && process.env.GAESUP_TOOLCHAIN === pnpmVersion) return
  const command = ['node', 'scripts/run.mjs', ...process.argv.slice(2)].map(quote).join(' ')
  const child = spawn('npm', ['exec', '--yes', `--package=pnpm@${pnpmVersion}`, '-c', onWindows ? command : `exec ${command}`], {
    cwd: root,
    stdio: 'inherit',
    shell: onWindows,
    env: { ...process.env, GAESUP_TOOLCHAIN: pnpmVersion },
  })
  forwardSignals(child)
  return new Promise((resolve) => child.on('exit', (code, signal) => resolve(signal ? 1 : (code ?? 1)))).then((code) =>
    process.exit(code),
  )
}

/** Installs when the lockfile or a manifest changed since the last successful install. */
export async function ensureInstalled() {
  const wanted = fingerprint()
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return
  console.log('Installing dependencies (the first time takes about a minute) …')
  const started = Date.now()
  const code = await run('pnpm', ['install', '--frozen-lockfile', '--prefer-offline'])
  if (code !== 0) process.exit(code)
  writeFileSync(stamp, wanted)
  console.log(`Dependencies are in place (${Math.round((Date.now() - started) / 1000)} s).`)
}

/** Runs a command of the workspace with Node 24 first on the path; resolves to its exit code. */
export function run(command, args, env = {}) {
  const bin = join(root, 'node_modules', '.bin')
  const child = spawn(command, args, {
    cwd: root,
    stdio: 'inherit',
    shell: onWindows,
    env: { ...process.env, NX_TUI: 'false', PATH: `${bin}${delimiter}${process.env.PATH}`, ...env },
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

function forwardSignals(child) {
  const handlers = ['SIGINT', 'SIGTERM'].map((signal) => {
    const handler = () => child.kill(signal)
    process.on(signal, handler)
    return [signal, handler]
  })
  return () => handlers.forEach(([signal, handler]) => process.off(signal, handler))
}

function fingerprint() {
  const hash = createHash('sha256')
  const manifests = ['packages', 'apps']
    .flatMap((folder) => readdirSync(join(root, folder)).map((name) => join(folder, name, 'package.json')))
    .concat('e2e/package.json', 'package.json', 'pnpm-lock.yaml', 'pnpm-workspace.yaml')
  for (const file of manifests.sort()) {
    if (existsSync(join(root, file))) hash.update(file).update(readFileSync(join(root, file)))
  }
  return hash.digest('hex')
}

function quote(word) {
  return /^[\w./:=@-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`
}
