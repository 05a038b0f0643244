/** Time and bytes of importing the built core entry beside dockerode. Run the build first. Usage: node bench/import.ts [runs=7] */
import { execFileSync } from 'node:child_process'

const runs = Number(process.argv[2] ?? 7)
const code = (name: string): string =>
  `const m = process.memoryUsage().rss, t = performance.now(); await import(${JSON.stringify(name)}); console.log(JSON.stringify([performance.now() - t, process.memoryUsage().rss - m]))`

const measure = (name: string): readonly [number, number] => {
  const all = Array.from(
    { length: runs },
    () =>
      JSON.parse(
        execFileSync(process.execPath, ['--input-type=module', '-e', code(name)], {
          encoding: 'utf8',
        }),
      ) as [number, number],
  )
  const median = (i: 0 | 1): number =>
    all.map((one) => one[i]).toSorted((a, b) => a - b)[runs >> 1] ?? Number.NaN
  return [median(0), median(1)]
}
const rows = ['@gaesup-state/tracker', '@gaesup-state/tracker/docker', 'dockerode'].map(
  (name) => [name, measure(name)] as const,
)
for (const [name, [ms, bytes]] of rows)
  console.log(
    `${name.padEnd(30)} ${ms.toFixed(1)} ms  +${(bytes / 1e6).toFixed(1)} MB resident  ${((rows.at(-1)?.[1][0] ?? 0) / ms).toFixed(1)}x faster than dockerode`,
  )
