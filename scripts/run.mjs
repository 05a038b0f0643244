/** Stands behind every root script: `node scripts/run.mjs <command> [arguments]`. */
import { ensureInstalled, ensurePnpm, root, run } from './toolchain.mjs'
import { summarise } from './summary.mjs'

const [command = 'help', ...rest] = process.argv.slice(2)
const nx = (...args) => run('nx', args)
const everything = (...targets) => nx('run-many', '-t', ...targets, '--output-style=stream', ...rest)

const commands = {
  /** Full stack through Nx: `nx serve` of the default project. */
  start: () => nx('run', 'daemon:serve', ...rest),
  /** What `nx serve` runs: build what the daemon needs, then the daemon itself. */
  serve: async () => (await nx('run-many', '-t', 'build', '-p', 'daemon', 'console')) || run('node', ['apps/daemon/dist/main.js', 'serve', ...rest]),
  dev: () => run('node', ['scripts/dev.mjs', ...rest]),
  test,
  check: () => everything('build', 'typecheck', 'lint', 'format:check', 'check:dist', 'check:flows', 'knip', 'lint:publish'),
  bench: async () => (await nx('run-many', '-t', 'build')) || run('node', ['scripts/bench.mjs', ...rest]),
  e2e: () => nx('run', 'e2e:test', '--output-style=stream', ...rest),
  fix: async () => (await run('oxlint', ['--fix', '--type-aware'])) || run('oxfmt', []),
  changeset: () => run('changeset', rest),
  install: () => 0,
}

/** Every check and every test; one closing line counts them all. */
async function test() {
  const checked = await commands.check()
  const tested = await nx('run-many', '-t', 'test', '--parallel=1', '--output-style=stream', ...rest)
  const failures = summarise(root)
  return checked || tested || (failures > 0 ? 1 : 0)
}

if (!Object.hasOwn(commands, command)) {
  console.error(`Unknown command "${command}". Known: ${Object.keys(commands).join(', ')}.`)
  process.exit(2)
}
await ensurePnpm()
await ensureInstalled()
process.exit(await commands[command]())
