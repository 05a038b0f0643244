// Runs every file of this folder, one after the other: node bench/all.mjs. Fails where one of them fails; goals that are missed are only printed.
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'

const files = readdirSync(import.meta.dirname).filter(
  (name) => name.endsWith('.mjs') && name !== 'all.mjs',
)
for (const name of files.sort()) {
  console.log(`\n# ${name}`)
  const { status } = spawnSync(process.execPath, [`${import.meta.dirname}/${name}`], {
    stdio: 'inherit',
  })
  if (status !== 0) process.exitCode = 1
}
