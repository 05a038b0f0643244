/** Runs the `bench` script of every project that has one, one after the other, so that none slows another. */
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root, run } from './toolchain.mjs'

const wanted = process.argv.slice(2)
const projects = globSync(['packages/*', 'apps/*'], { cwd: root })
  .sort()
  .filter((project) => existsSync(join(root, project, 'package.json')))
  .map((project) => ({
    project,
    manifest: JSON.parse(readFileSync(join(root, project, 'package.json'), 'utf8')),
  }))
  .filter(({ manifest }) => manifest.scripts?.bench !== undefined)
const chosen = projects.filter(
  ({ project, manifest }) =>
    wanted.length === 0 || wanted.includes(project) || wanted.includes(manifest.name),
)

if (chosen.length === 0) {
  console.error(
    `No benchmark named ${wanted.join(', ')}. There are: ${projects.map(({ manifest }) => manifest.name).join(', ')}.`,
  )
  process.exitCode = 2
}
for (const { project, manifest } of chosen) {
  console.log(`\n${manifest.name}: ${manifest.scripts.bench}\n`)
  const code = await run('pnpm', ['-C', project, '--silent', 'run', 'bench'])
  if (code !== 0) process.exitCode = code
}
