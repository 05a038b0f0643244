/**
 * Serves with reload: packages and daemon are rebuilt when a source changes, the daemon restarts on what was rebuilt, and
 * Vite serves the console with hot replacement, passing API calls on to the daemon.
 */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { root, run } from './toolchain.mjs'

const built = await run('nx', ['run-many', '-t', 'build', '-p', 'daemon', 'console'])
if (built !== 0) process.exit(built)

const rebuilt = [
  ...readdirSync(join(root, 'packages')).map((name) => `packages/${name}`),
  'apps/daemon',
].filter((project) => existsSync(join(root, project, 'tsup.config.ts')))
console.log('\nRebuilding on change; the console with reload will be at http://127.0.0.1:5173\n')
const ended = await Promise.race([
  ...rebuilt.map((project) =>
    run('pnpm', ['-C', project, '--silent', 'exec', 'tsup', '--watch', 'src', '--silent'], {
      GAESUP_DEV: '1',
    }),
  ),
  run('node', [
    '--watch',
    '--watch-preserve-output',
    'apps/daemon/dist/main.js',
    'serve',
    ...process.argv.slice(2),
  ]),
  run('pnpm', ['-C', 'apps/console', '--silent', 'run', 'dev', '--strictPort']),
])
// One of them ended, so the rest is of no use: `run` passes this on to them.
process.kill(process.pid, 'SIGTERM')
process.exitCode = ended
