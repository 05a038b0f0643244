// Runs every file of this folder, one after the other, and prints all goals at the end: node bench/all.mjs. Fails where one of them fails; goals
// that are missed are only printed.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { printGoals } from './report/goals.mjs'

const folder = mkdtempSync(join(tmpdir(), 'gaesup-bench-'))
const goals = join(folder, 'goals')
writeFileSync(goals, '')
const files = readdirSync(import.meta.dirname).filter(
  (name) => name.endsWith('.mjs') && name !== 'all.mjs',
)
for (const name of files.sort()) {
  console.log(`\n# ${name}`)
  const { status, signal } = spawnSync(process.execPath, [`${import.meta.dirname}/${name}`], {
    stdio: 'inherit',
    env: { ...process.env, GAESUP_BENCH_GOALS: goals },
  })
  if (status === 0) continue
  console.log(`${name} failed: ${signal ?? `exit code ${status}`}`)
  process.exitCode = 1
}
console.log('\n# Goals')
printGoals(goals)
rmSync(folder, { recursive: true })
