/** Runs every benchmark of this package, one after the other; one that fails does not stop the others. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

for (const name of ['import', 'workspaces', 'containers']) {
  console.log(`\n== ${name}`)
  const file = fileURLToPath(new URL(`${name}.ts`, import.meta.url))
  const { status } = spawnSync(process.execPath, [file], { stdio: 'inherit' })
  if (status !== 0) process.exitCode = 1
}
