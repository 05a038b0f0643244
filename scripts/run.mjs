/** Stands behind every root script: `node scripts/run.mjs <command> [arguments]`. */
import { ask, ensureInstalled, ensurePnpm, root, run } from './toolchain.mjs'
import { addUp, forgetReports, print } from './summary.mjs'

const [command = 'help', ...rest] = process.argv.slice(2)
const nx = (...args) => run('nx', args)
const everything = (...targets) =>
  nx('run-many', '-t', ...targets, '--output-style=stream', ...rest)

/**
 * What each command does, and what runs. Arguments after the name go to what runs.
 *
 * @type {Record<string, [text: string, run: () => number | Promise<number>]>}
 */
const commands = {
  start: [
    'Install, build and serve the full stack; prints its address. Arguments go to the daemon (see `npm start -- --help`).',
    serve,
  ],
  serve: ['The same; it is what `nx serve` runs.', serve],
  dev: [
    'Serve with reload: the daemon restarts and the page refreshes when a file changes.',
    () => run('node', ['scripts/dev.mjs', ...rest]),
  ],
  test: [
    'Build, every check, every test; ends with the counts. Arguments go to Nx, such as `-p @gaesup-state/core`.',
    test,
  ],
  check: [
    'Build, types, lint, format, boundaries, flows, unused code, publishable manifests.',
    check,
  ],
  bench: [
    'The benchmarks of every package, one after the other.',
    async () =>
      (await nx('run-many', '-t', 'build')) || run('node', ['scripts/bench.mjs', ...rest]),
  ],
  e2e: [
    'The end-to-end scenarios in a real browser against the built daemon.',
    () => nx('run', 'e2e:test', '--output-style=stream', ...rest),
  ],
  fix: ['Format, repair what lint can repair, and write the notices anew.', fix],
  changeset: ['Describe a user-visible change for the changelog.', () => run('changeset', rest)],
  'version-packages': [
    'Turn the changesets into versions and changelogs (the release workflow runs it).',
    versionPackages,
  ],
  release: [
    'Check, then publish what is not on the registry yet (the release workflow runs it).',
    async () => (await check()) || run('changeset', ['publish']),
  ],
  install: ['Only install dependencies.', () => 0],
}

async function serve() {
  console.log('Building what changed since the last time …')
  const built = await nx('run-many', '-t', 'build', '-p', 'daemon', 'console')
  return built || run('node', ['apps/daemon/dist/main.js', 'serve', ...rest])
}

function check() {
  return everything(
    'build',
    'typecheck',
    'lint',
    'lint:boundaries',
    'lint:workflows',
    'lint:publish',
    'format:check',
    'check:dist',
    'check:flows',
    'check:notices',
    'knip',
  )
}

async function fix() {
  const linted = await run('oxlint', ['--fix', '--type-aware'])
  return (await run('oxfmt', [])) || (await run('node', ['scripts/notices.mjs'])) || linted
}

async function versionPackages() {
  const versioned = await run('changeset', ['version'])
  return versioned || run('pnpm', ['install', '--lockfile-only'])
}

/** Every check and every test; the closing line counts them all. */
async function test() {
  const projects = testedProjects()
  forgetReports(root, projects)
  const checked = await check()
  const tested = await nx(
    'run-many',
    '-t',
    'test',
    '--parallel=1',
    '--output-style=stream',
    ...rest,
  )
  const total = addUp(root, projects)
  if (checked !== 0) {
    total.failed += 1
    total.notes.push(
      'The checks (build, types, lint, format, boundaries …) failed; Nx names them above.',
    )
  }
  if (tested !== 0 && total.failed === 0) {
    total.failed += 1
    total.notes.push(
      'A test command failed although every test it reported passed; Nx names it above.',
    )
  }
  print(total)
  return total.failed > 0 ? 1 : 0
}

/** Folders of the projects whose `test` the given arguments select. */
function testedProjects() {
  const { graph, tasks } = JSON.parse(
    ask('nx', ['run-many', '-t', 'test', '--graph=stdout', ...rest]),
  )
  const selected = Object.values(tasks.tasks).filter(({ target }) => target.target === 'test')
  return selected.map(({ target }) => graph.nodes[target.project].data.root)
}

function help() {
  console.log('Usage: npm run <command> [-- arguments]\n')
  for (const [name, [text]] of Object.entries(commands)) console.log(`  ${name.padEnd(18)}${text}`)
}

// Arguments of `start` belong to the daemon, `--help` among them.
const wantsHelp = rest.includes('--help') && !['start', 'serve'].includes(command)
if (command === 'help' || command === '--help') {
  help()
} else if (!Object.hasOwn(commands, command)) {
  console.error(`Unknown command "${command}". Known: ${Object.keys(commands).join(', ')}.`)
  process.exitCode = 2
} else if (wantsHelp) {
  console.log(`npm run ${command}: ${commands[command][0]}`)
} else {
  ensurePnpm()
  await ensureInstalled()
  process.exitCode = await commands[command][1]()
}
