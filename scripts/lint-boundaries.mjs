/**
 * Runs `@nx/enforce-module-boundaries` over the workspace in the current folder (or `--root`).
 *
 * The rule knows projects from Nx's cached graph and passes everything when there is none, so the graph is made first
 * and a run without one fails. Every project must carry the tags that the rule reads.
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { root as repository } from './toolchain.mjs'

const { values } = parseArgs({ options: { root: { type: 'string', default: repository } } })
const root = resolve(values.root)
const config = join(repository, '.oxlintrc.boundaries.json')

function tool(name, args) {
  return spawnSync(join(repository, 'node_modules', '.bin', name), args, {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, NX_DAEMON: 'false', NX_WORKSPACE_ROOT_PATH: root },
    maxBuffer: 64 << 20,
    shell: process.platform === 'win32',
  })
}

const graph = tool('nx', ['graph', '--print'])
if (graph.status !== 0) {
  console.error(
    `Nx could not make the project graph, so no import was checked:\n${graph.stdout}${graph.stderr}`,
  )
  process.exit(1)
}
const { nodes } = JSON.parse(graph.stdout).graph
const untagged = Object.values(nodes).filter(
  ({ data }) =>
    /^(packages|apps|e2e)\b/.test(data.root) && !data.tags?.some((tag) => tag.startsWith('scope:')),
)
for (const { data } of untagged)
  console.error(
    `${data.root}/package.json: add "nx": { "tags": ["scope:…"] }, or its imports are not checked.`,
  )

const linted = tool('oxlint', [
  '-c',
  config,
  ...['packages', 'apps', 'e2e'].filter((folder) => existsSync(join(root, folder))),
])
process.stdout.write(linted.stdout + linted.stderr)
const skipped = /No cached ProjectGraph/.test(linted.stdout + linted.stderr)
if (skipped) console.error('The rule found no project graph, so no import was checked.')
process.exitCode = linted.status !== 0 || skipped || untagged.length > 0 ? 1 : 0
