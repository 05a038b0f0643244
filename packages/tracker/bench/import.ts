/** Time and bytes of importing the built core entry beside dockerode. Run the build first. Usage: node bench/import.ts [runs=7] */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'

const runs = Number(process.argv[2] ?? 7)
const code = (name: string): string =>
  `const m = process.memoryUsage().rss, t = performance.now(); await import(${JSON.stringify(name)}); console.log(JSON.stringify([performance.now() - t, process.memoryUsage().rss - m]))`

const once = (name: string): readonly [ms: number, bytes: number] => {
  const args = ['--input-type=module', '-e', code(name)]
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' })) as [number, number]
}

const measure = (name: string): readonly [ms: number, bytes: number] => {
  const all = Array.from({ length: runs }, () => once(name))
  const median = (i: 0 | 1): number =>
    all.map((one) => one[i]).toSorted((a, b) => a - b)[runs >> 1] ?? Number.NaN
  return [median(0), median(1)]
}

if (existsSync(new URL('../dist/index.js', import.meta.url))) {
  const names = ['@gaesup-state/tracker', '@gaesup-state/tracker/docker', 'dockerode']
  const rows = names.map((name) => ({ name, cost: measure(name) }))
  const [otherMs, otherBytes] = rows.at(-1)?.cost ?? [Number.NaN, Number.NaN]
  for (const { name, cost } of rows) {
    const [ms, bytes] = cost
    console.log(
      `${name.padEnd(30)} ${ms.toFixed(1)} ms, +${(bytes / 1e6).toFixed(1)} MB resident; dockerode takes ${(otherMs / ms).toFixed(1)}x the time and ${(otherBytes / bytes).toFixed(1)}x the memory`,
    )
  }
} else {
  console.log('skipped: the import of the built package: there is no dist; run the build first')
}
