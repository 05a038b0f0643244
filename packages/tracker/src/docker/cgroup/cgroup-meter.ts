import { readFileSync } from 'node:fs'
import { TrackerError } from '../../model/errors.ts'
import type { ResourceCounters } from '../../model/metrics.ts'
import type { RunningContainer } from '../inspect.ts'
import { withoutCache } from '../parse-stats.ts'
import type { CgroupV1Paths } from './cgroup-v1.ts'
import { filesOfV1, readFastV1, readSlowV1 } from './cgroup-v1.ts'
import { filesOfV2, readFastV2, readSlowV2 } from './cgroup-v2.ts'
import { KernelFiles } from './kernel-files.ts'
import type { SlowReading } from './reading.ts'
import { parseCgroupMounts, parseNetDev, parseProcCgroup, valueOf } from './text.ts'

/** Options of the direct reader. */
export interface CgroupMeterOptions {
  /** Where the host's `/proc` is. Default `/proc`; a tracker inside a container mounts the host's elsewhere. */
  readonly procRoot?: string
  /** Replaces the mount points found in `mountinfo`: the folder that holds the hierarchies. */
  readonly cgroupRoot?: string
  /** Descriptors that stay open. Default 1,024. */
  readonly maxKeptFiles?: number
}

type Place =
  | { readonly version: 2; readonly folder: string }
  | { readonly version: 1; readonly paths: CgroupV1Paths }

/** Where a container's counters are, or why they cannot be read here. */
export type Located =
  | { readonly found: true; readonly place: Place; readonly container: RunningContainer }
  | { readonly found: false; readonly reason: string }

const bytesPerKb = 1024
const defaultKept = 1024
const slowEveryMs = 5000
const memoryTolerance = 0.01

/** Reads containers from the kernel's own files: no request to the engine, about ten microseconds each. */
export class CgroupMeter {
  readonly #proc: string
  readonly #files: KernelFiles
  readonly #cgroupRoot: string | undefined
  #mounts: ReadonlyMap<string, string> | undefined
  readonly #recent = new Map<
    string,
    { readonly readAtMs: number; readonly memoryTotal: number; readonly reading: SlowReading }
  >()
  #hostMemory = 0

  constructor(options: CgroupMeterOptions = {}) {
    this.#proc = options.procRoot ?? '/proc'
    this.#cgroupRoot = options.cgroupRoot
    this.#files = new KernelFiles(options.maxKeptFiles ?? defaultKept)
  }

  /** Finds a container's folders: v2 first, then v1. That the path names the container proves that its process is on this host. */
  locate(container: RunningContainer): Located {
    const text = this.#readProc(`${container.pid}/cgroup`)
    if (text === undefined)
      return { found: false, reason: `process ${container.pid} is not on this host` }
    const paths = parseProcCgroup(text)
    if (![...paths.values()].some((path) => path.includes(container.id))) {
      return { found: false, reason: `process ${container.pid} is not the container's` }
    }
    const place = this.#findV2(paths) ?? this.#findV1(paths)
    if (place === undefined) return { found: false, reason: 'its cgroup files cannot be read here' }
    return { found: true, place, container }
  }

  /** Counters of a located container. @throws TrackerError `NOT_FOUND` when it no longer runs. */
  read(located: Extract<Located, { found: true }>): ResourceCounters {
    const { place, container } = located
    try {
      const { cpuUsageNs, memoryTotal } =
        place.version === 2
          ? readFastV2(this.#files, place.folder)
          : readFastV1(this.#files, place.paths)
      const readAtMs = performance.now()
      const { inactiveFile, ...slow } = this.#slow(located, memoryTotal, readAtMs)
      const network = container.hostNetwork ? { rx: 0, tx: 0 } : this.#network(container)
      return {
        ...slow,
        cpuUsageNs,
        memoryUsage: withoutCache(memoryTotal, inactiveFile),
        readAtMs,
        identity: container.identity,
        networkRxBytes: network.rx,
        networkTxBytes: network.tx,
        startedAt: container.startedAt,
      }
    } catch (error) {
      this.release(located)
      throw new TrackerError(
        'NOT_FOUND',
        `container ${container.id.slice(0, 12)} does not run any more`,
        { cause: error },
      )
    }
  }

  /** Closes what was kept open for a container. */
  release(located: Extract<Located, { found: true }>): void {
    const { place, container } = located
    this.#recent.delete(container.id)
    const own = place.version === 2 ? filesOfV2(place.folder) : filesOfV1(place.paths)
    this.#files.release([...own, this.#netDev(container)])
  }

  close(): void {
    this.#files.close()
    this.#recent.clear()
  }

  /** The slow part, at most five seconds old and never older than a change of memory by more than one percent. */
  #slow(located: Extract<Located, { found: true }>, memoryTotal: number, now: number): SlowReading {
    const { place, container } = located
    const recent = this.#recent.get(container.id)
    const fresh = recent !== undefined && now - recent.readAtMs < slowEveryMs
    if (fresh && Math.abs(memoryTotal - recent.memoryTotal) <= recent.memoryTotal * memoryTolerance)
      return recent.reading
    const host = this.#memoryOfHost()
    const reading =
      place.version === 2
        ? readSlowV2(this.#files, place.folder, host)
        : readSlowV1(this.#files, place.paths, host)
    this.#recent.set(container.id, { readAtMs: now, memoryTotal, reading })
    return reading
  }

  #netDev(container: RunningContainer): string {
    return `${this.#proc}/${container.pid}/net/dev`
  }

  #network(container: RunningContainer): { readonly rx: number; readonly tx: number } {
    return parseNetDev(this.#files.read(this.#netDev(container)))
  }

  #memoryOfHost(): number {
    if (this.#hostMemory === 0) {
      const text = (this.#readProc('meminfo') ?? '').replace(/:\s*/g, ' ').replace(/ kB/g, '')
      this.#hostMemory = (valueOf(text, 'MemTotal') ?? 0) * bytesPerKb
    }
    return this.#hostMemory
  }

  #findV2(paths: ReadonlyMap<string, string>): Place | undefined {
    const path = paths.get('')
    const mount = this.#mount('')
    if (path === undefined || mount === undefined) return undefined
    const folder = `${mount}${path}`
    // A hybrid host mounts v2 without controllers: then its files say nothing about memory.
    const usable = ['cpu.stat', 'memory.current', 'memory.stat'].every((name) =>
      this.#exists(`${folder}/${name}`),
    )
    return usable ? { version: 2, folder } : undefined
  }

  #findV1(paths: ReadonlyMap<string, string>): Place | undefined {
    const folderOf = (controller: string): string =>
      `${this.#mount(controller) ?? ''}${paths.get(controller) ?? ''}`
    const found: CgroupV1Paths = {
      cpuacct: folderOf('cpuacct'),
      cpu: folderOf('cpu'),
      memory: folderOf('memory'),
      pids: folderOf('pids'),
      blkio: folderOf('blkio'),
    }
    const usable =
      this.#exists(`${found.cpuacct}/cpuacct.usage`) && this.#exists(`${found.memory}/memory.stat`)
    return usable ? { version: 1, paths: found } : undefined
  }

  #mount(controller: string): string | undefined {
    if (this.#cgroupRoot !== undefined)
      return controller === '' ? this.#cgroupRoot : `${this.#cgroupRoot}/${controller}`
    this.#mounts ??= parseCgroupMounts(this.#readProc('self/mountinfo') ?? '')
    return this.#mounts.get(controller)
  }

  #exists(path: string): boolean {
    try {
      readFileSync(path)
      return true
    } catch {
      return false
    }
  }

  #readProc(path: string): string | undefined {
    try {
      return readFileSync(`${this.#proc}/${path}`, 'latin1')
    } catch {
      return undefined
    }
  }
}
