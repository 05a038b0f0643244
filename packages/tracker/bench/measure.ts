import { readFileSync } from 'node:fs'

/** CPU time of a process and everything in its group so far, in ms, from /proc. */
export const cpuOf = (pids: readonly number[]): number =>
  pids.reduce((sum, pid) => sum + cpuOfOne(pid), 0)

const msPerTick = 10

const cpuOfOne = (pid: number): number => {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ') ?? []
    return (
      (Number(fields[11]) + Number(fields[12]) + Number(fields[13]) + Number(fields[14])) *
      msPerTick
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
