/**
 * CPU and memory of tracking N synthetic workspaces measured every ten seconds: tracker, monitor and rollups together.
 * Each population runs in a process of its own; what one workspace takes is the slope between a small one and the whole.
 * What is kept is counted after a collection, what is resident before one. CPU is that of some seconds.
 * Usage: node bench/workspaces.ts [workspaces=10000] [seconds=20] [minutes=3]
 */
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { printGoals } from './measure.ts'

interface Result {
  readonly corePercent: number
  readonly samplesPerSecond: number
  readonly longestPauseMs: number
  readonly heapBytes: number
  readonly arrayBytes: number
  readonly residentBytes: number
  /** Resident before there was a workspace. */
  readonly emptyBytes: number
  /** Resident for young objects, of which there are hardly any left. */
  readonly youngBytes: number
}

const intervalMs = 10_000
/** Resident is what V8 and the allocator hold as well. */
const goals = { corePercent: 5, bytes: 2048, residentBytes: 3072 }

interface Lengths {
  /** Of the measurement of CPU. */
  readonly seconds: number
  /** From the start to the measurement of memory. */
  readonly minutes: number
}

interface Sizes {
  readonly count: number
  readonly small: number
  readonly minutes: number
}

/** What an engine answers when it is asked for its containers. Made elsewhere, since making it is no work of the tracker's. */
const writeAnswer = (folder: string, count: number): string => {
  const file = join(folder, `${count}.json`)
  const infos = Array.from({ length: count }, (_, i) => ({
    id: randomBytes(32).toString('hex'),
    name: `workspace-${i}`,
    workspaceId: `ws-${i}`,
    image: 'registry.example/team/image:1.2.3',
    state: 'running',
    createdAt: 1_700_000_000_000 + i,
  }))
  writeFileSync(file, JSON.stringify(infos))
  return file
}

const inChild = async (answer: string, lengths: Lengths): Promise<Result> => {
  // Code that is thrown away during the run would be taken for memory that workspaces gave back.
  const flags = ['--expose-gc', '--no-flush-bytecode']
  const own = [fileURLToPath(new URL('tracked-population.mjs', import.meta.url)), answer]
  const times = [String(lengths.seconds), String(lengths.minutes)]
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, ...own, ...times])
  return JSON.parse(stdout) as Result
}

const print = ({ few, all }: Record<'few' | 'all', Result>, sizes: Sizes): void => {
  const { count, small, minutes } = sizes
  const perWorkspace = (key: 'heapBytes' | 'arrayBytes' | 'residentBytes'): number =>
    (all[key] - few[key]) / (count - small)
  const [objects, arrays] = [perWorkspace('heapBytes'), perWorkspace('arrayBytes')]
  const resident = perWorkspace('residentBytes')
  console.log(
    `${count} workspaces at ${intervalMs / 1000} s: ${all.samplesPerSecond.toFixed(0)} samples/s, longest pause ${all.longestPauseMs.toFixed(1)} ms`,
  )
  for (const [population, { emptyBytes, residentBytes, youngBytes, ...kept }] of [
    [small, few],
    [count, all],
  ] as const) {
    const parts = [emptyBytes + residentBytes, emptyBytes, kept.heapBytes, kept.arrayBytes]
    const [whole, empty, heap, array, young] = [...parts, youngBytes].map((bytes) =>
      (bytes / 1e6).toFixed(1),
    )
    console.log(
      `${population} workspaces after ${minutes} min, no collection forced: ${whole} MB resident, of which ${empty} before there was one; kept are ${heap} objects and text, ${array} arrays; room for young objects ${young} (--max-semi-space-size bounds it)`,
    )
  }
  console.log(
    `a workspace takes ${objects.toFixed(0)} B of objects and text, ${arrays.toFixed(0)} B of arrays; resident ${resident.toFixed(0)} B: the slope between the two populations`,
  )
  printGoals([
    { what: 'CPU, % of a core', value: all.corePercent, goal: goals.corePercent, want: 'less' },
    { what: 'bytes a workspace', value: objects + arrays, goal: goals.bytes, want: 'less' },
    { what: 'resident bytes each', value: resident, goal: goals.residentBytes, want: 'less' },
  ])
}

if (existsSync(new URL('../dist/index.js', import.meta.url))) {
  const [count = 10_000, seconds = 20, minutes = 3] = process.argv.slice(2).map(Number)
  const small = Math.ceil(count / 10)
  const folder = mkdtempSync(join(tmpdir(), 'workspaces-'))
  try {
    const files = [small, count].map((each) => writeAnswer(folder, each))
    const runs = files.map((file) => inChild(file, { seconds, minutes }))
    const [few, all] = await Promise.all(runs)
    if (few !== undefined && all !== undefined) print({ few, all }, { count, small, minutes })
  } finally {
    rmSync(folder, { recursive: true })
  }
} else {
  console.log('skipped: tracking with the built package: there is no dist; run the build first')
}
