import { readFileSync } from 'node:fs'
import { TrackerError } from '../../model/errors.ts'
import { emptyCounters } from '../../model/counters.ts'
import type { ResourceCounters } from '../../model/metrics.ts'
import type { RunningContainer } from '../inspect.ts'
import { CgroupContainer } from './cgroup-container.ts'
import { createCgroupV1 } from './cgroup-v1.ts'
import { createCgroupV2 } from './cgroup-v2.ts'
import { KernelFiles, isOutOfFiles } from './kernel-files.ts'
import { Networks } from './network.ts'
import type { CgroupFiles } from './reading.ts'
import { containerPath, parseCgroupMounts, parseMemTotal, parseProcCgroup } from './text.ts'

/** Options of the direct reader. */
export interface CgroupMeterOptions {
  /** Where the host's `/proc` is. Default `/proc`; a tracker inside a container mounts the host's elsewhere. */
  readonly procRoot?: string
  /** Replaces the mount points found in `mountinfo`: the folder that holds the hierarchies. */
  readonly cgroupRoot?: string
  /** Descriptors that stay open. Default 1,024. */
  readonly maxKeptFiles?: number
}

/** Where a container's counters are, or why they cannot be read here. */
export type Located =
  | { readonly found: true; readonly version: 1 | 2; readonly cgroup: CgroupContainer }
  | { readonly found: false; readonly reason: string }

const defaultKept = 1024

/** Reads containers from the kernel's own files: no request to the engine, a few microseconds each. */
export class CgroupMeter {
  readonly #proc: string
  readonly #files: KernelFiles
  readonly #networks: Networks
  readonly #cgroupRoot: string | undefined
  readonly #open = new Set<CgroupContainer>()
  readonly #counters = emptyCounters()
  #mounts: ReadonlyMap<string, string> | undefined
  #hostMemory = 0
  #located = 0

  constructor(options: CgroupMeterOptions = {}) {
    this.#proc = options.procRoot ?? '/proc'
    this.#cgroupRoot = options.cgroupRoot
    this.#files = new KernelFiles(options.maxKeptFiles ?? defaultKept)
    this.#networks = new Networks(this.#files)
  }

  /** Descriptors that are open now. */
  get keptFiles(): number {
    return this.#files.kept
  }

  /** Finds a container's folders: v2 first, then v1. That the path names the container proves that its process is on this host. */
  locate(container: RunningContainer): Located {
    const procFolder = `${this.#proc}/${container.pid}`
    const text = this.#readProc(`${container.pid}/cgroup`)
    if (text === undefined)
      return { found: false, reason: `process ${container.pid} is not on this host` }
    const paths = new Map<string, string>()
    for (const [controllers, path] of parseProcCgroup(text)) {
      const own = containerPath(path, container.id)
      if (own !== undefined) paths.set(controllers, own)
    }
    if (paths.size === 0)
      return { found: false, reason: `process ${container.pid} is not the container's` }
    const files = this.#findV2(paths) ?? this.#findV1(paths)
    if (files === undefined) return { found: false, reason: 'its cgroup files cannot be read here' }
    const network = container.hostNetwork ? undefined : this.#networks.acquire(procFolder)
    const netDevPath = `${procFolder}/net/dev`
    const cgroup = new CgroupContainer(
      { container, files, network, netDevPath },
      (this.#located += 1),
    )
    this.#open.add(cgroup)
    return { found: true, version: files.version, cgroup }
  }

  /**
   * Counters of a located container, in an object that the next call writes over.
   *
   * @throws TrackerError `NOT_FOUND` when it no longer runs, `LIMIT` when too many files are open.
   */
  read(cgroup: CgroupContainer): ResourceCounters {
    try {
      cgroup.read(this.#counters)
      return this.#counters
    } catch (error) {
      const name = `container ${cgroup.parts.container.id.slice(0, 12)}`
      this.release(cgroup)
      if (isOutOfFiles(error))
        throw new TrackerError(
          'LIMIT',
          `${name} cannot be read: too many files are open; raise the limit (ulimit -n) or lower cgroups.maxKeptFiles`,
          { cause: error },
        )
      throw new TrackerError('NOT_FOUND', `${name} does not run any more`, { cause: error })
    }
  }

  /** Closes what was kept open for a container. */
  release(cgroup: CgroupContainer): void {
    if (!this.#open.delete(cgroup)) return
    cgroup.parts.files.close()
    if (cgroup.parts.network !== undefined) this.#networks.release(cgroup.parts.network.key)
  }

  close(): void {
    for (const cgroup of this.#open) this.release(cgroup)
  }

  #memoryOfHost(): number {
    if (this.#hostMemory === 0) {
      this.#hostMemory = parseMemTotal(this.#readProc('meminfo') ?? '')
    }
    return this.#hostMemory
  }

  #findV2(paths: ReadonlyMap<string, string>): CgroupFiles | undefined {
    const folder = this.#folderOf('', paths)
    if (folder === undefined) return undefined
    // A hybrid host mounts v2 without controllers: then its files say nothing about memory.
    const usable = ['cpu.stat', 'memory.current', 'memory.stat'].every((name) =>
      this.#exists(`${folder}/${name}`),
    )
    return usable ? createCgroupV2(this.#files, folder, this.#memoryOfHost()) : undefined
  }

  #findV1(paths: ReadonlyMap<string, string>): CgroupFiles | undefined {
    const folderOf = (controller: string): string => this.#folderOf(controller, paths) ?? ''
    const found = {
      cpuacct: folderOf('cpuacct'),
      cpu: folderOf('cpu'),
      memory: folderOf('memory'),
      pids: folderOf('pids'),
      blkio: folderOf('blkio'),
      unified: this.#folderOf('', paths),
    }
    const usable =
      this.#exists(`${found.cpuacct}/cpuacct.usage`) && this.#exists(`${found.memory}/memory.stat`)
    return usable ? createCgroupV1(this.#files, found, this.#memoryOfHost()) : undefined
  }

  #folderOf(controller: string, paths: ReadonlyMap<string, string>): string | undefined {
    const path = paths.get(controller)
    const mount = this.#mount(controller)
    return path === undefined || mount === undefined ? undefined : `${mount}${path}`
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
