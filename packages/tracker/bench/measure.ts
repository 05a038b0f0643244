import { readdir } from 'node:fs/promises'
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

/** Processes whose command line names a folder: an engine that lives in it, its containerd and its shims. */
export const pidsOf = async (folder: string): Promise<readonly number[]> => {
  const pids = (await readdir('/proc')).filter(
    (name) => /^\d+$/.test(name) && Number(name) !== process.pid,
  )
  return pids.filter((pid) => commandLineOf(pid).includes(folder)).map(Number)
}

const commandLineOf = (pid: string): string => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1')
  } catch {
    return ''
  }
}

export const sleep = (ms: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, ms))

/** Percent of one core. */
export interface Cost {
  /** The mean: what a client does once in a while counts too. */
  readonly client: number
  /** Of the engine, each second. */
  readonly engine: readonly number[]
}

/**
 * What an engine takes in its calmer seconds, the lower quartile: work for a watcher comes each second, the garbage collection of
 * shims in bursts every two minutes, whoever watches.
 */
export const calmOf = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 2] ?? Number.NaN

const msPerPercent = 10

/** What a client and an engine take over some seconds. */
export const costOf = async (
  clientPids: readonly number[],
  enginePids: readonly number[],
  seconds: number,
): Promise<Cost> => {
  const clientBefore = cpuOf(clientPids)
  const engine: number[] = []
  for (let second = 0; second < seconds; second += 1) {
    const before = cpuOf(enginePids)
    await sleep(1000)
    engine.push((cpuOf(enginePids) - before) / msPerPercent)
  }
  const client = (cpuOf(clientPids) - clientBefore) / msPerPercent / seconds
  return { client, engine }
}

/** A measured number beside what it should be. */
export interface Goal {
  readonly what: string
  readonly value: number
  readonly goal: number
  readonly want: 'less' | 'more'
}

/** Prints each number, its goal and how the two compare. */
export const printGoals = (goals: readonly Goal[]): void => {
  for (const { what, value, goal, want } of goals) {
    const met = want === 'less' ? value <= goal : value >= goal
    const times = want === 'less' ? goal / value : value / goal
    console.log(
      `${met ? 'met   ' : 'MISSED'}  ${what}: ${value.toPrecision(3)}, goal ${want === 'less' ? 'at most' : 'at least'} ${goal} (${times.toFixed(2)}x of it)`,
    )
  }
}
