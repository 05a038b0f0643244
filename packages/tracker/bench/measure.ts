import { readFileSync, readdirSync } from 'node:fs'

/** CPU time of all threads of some processes so far, in ms, as the scheduler counts it in nanoseconds. */
export const cpuOf = (pids: readonly number[]): number =>
  pids.reduce((sum, pid) => sum + cpuOfOne(pid), 0)

const nsPerMs = 1e6

const cpuOfOne = (pid: number): number => {
  try {
    const threads = readdirSync(`/proc/${pid}/task`)
    return threads.reduce(
      (sum, thread) =>
        sum +
        Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'latin1').split(' ')[0]) /
          nsPerMs,
      0,
    )
  } catch {
    return 0
  }
}

/** Processes of this host with one of these names: the engine's own. */
export const pidsOf = async (names: readonly string[]): Promise<readonly number[]> => {
  const { readdir } = await import('node:fs/promises')
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  return pids.filter((pid) => names.includes(commandOf(pid))).map(Number)
}

const commandOf = (pid: string): string => {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'latin1').trim()
  } catch {
    return ''
  }
}

export const sleep = (ms: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, ms))
