import { readdir, readFile } from 'node:fs/promises'

/** Engines that this process started and that are still there. */
export async function enginePids(): Promise<number[]> {
  const names = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const found = await Promise.all(names.map((name) => isEngine(name)))
  return names.filter((_, n) => found[n]).map(Number)
}

async function isEngine(pid: string): Promise<boolean> {
  try {
    const [stat, command] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'utf8'),
      readFile(`/proc/${pid}/cmdline`, 'utf8'),
    ])
    const [, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return Number(parent) === process.pid && command.includes('gaesup-engine-')
  } catch {
    return false
  }
}
