import { spawnSync } from 'node:child_process'

const binary = ['promtool'].find((name) => spawnSync(name, ['--version']).error === undefined)

/** Empty when promtool can be run; tests print it and skip otherwise. */
export const promtoolAbsent: string = binary === undefined ? 'promtool is not on the path' : ''
if (promtoolAbsent !== '') console.warn(`skipped: ${promtoolAbsent}`)

/** What `promtool check metrics` says of a scrape: its exit code and all its output. */
export const checkMetrics = (input: string): readonly [number | null, string] => {
  const { status, stdout, stderr } = spawnSync(binary ?? '', ['check', 'metrics'], {
    input,
    encoding: 'utf8',
  })
  return [status, stdout + stderr]
}
