import type { ReusedCounters } from '../../model/counters.ts'
import type { RunningContainer } from '../inspect.ts'
import { withoutCache } from '../parse-stats.ts'
import type { NetworkCounter } from './network.ts'
import type { CgroupFiles } from './reading.ts'
import { emptyReading } from './reading.ts'

/** What a container is read through. */
export interface CgroupContainerParts {
  readonly container: RunningContainer
  readonly files: CgroupFiles
  /** Absent when the container has the host's network, whose traffic is not its own. */
  readonly network: { readonly key: string; readonly counter: NetworkCounter } | undefined
  /** `/proc/<pid>/net/dev` of the container's process. */
  readonly netDevPath: string
}

/** How long the costlier counters stand, in ms. */
const restEveryMs = 10_000
/** The share of page cache stands until memory moves by more than this share and these bytes, which the kernel counts in steps. */
const tolerance = { share: 0.01, bytes: 256 * 1024 } as const
/** Reading traffic costs as much as everything else together. Interval in ms while there is none, for containers below this share of one CPU. */
const quiet = { cpuShare: 0.01, networkEveryMs: 5000 } as const
/** The same while the CPU counter stands still: what runs nothing changes nothing by itself. */
const still = { allEveryMs: 10_000, restEveryMs: 60_000 } as const
const nsPerMs = 1e6
const goldenShare = 0.618_033_988_7

/** One container that is read from the kernel's files. */
export class CgroupContainer {
  readonly parts: CgroupContainerParts
  readonly #reading = emptyReading()
  readonly #phase: number
  #allDueAtMs = Number.NEGATIVE_INFINITY
  #restReadAtMs = Number.NEGATIVE_INFINITY
  #memoryAtCache = 0
  #networkDueAtMs = Number.NEGATIVE_INFINITY
  #cpuNsAtNetwork = 0

  /** `number` counts the containers of a meter: it spreads their costlier readings over time. */
  constructor(parts: CgroupContainerParts, number: number) {
    this.parts = parts
    this.#phase = (number * goldenShare) % 1
  }

  /** Reads what may have changed and writes everything into `into`. @throws the file system's error when the container is gone. */
  read(into: ReusedCounters): void {
    const { container, files, network } = this.parts
    const reading = this.#reading
    const cpuUsageNs = files.readCpuNs()
    const now = performance.now()
    if (Number.isNaN(cpuUsageNs)) throw new Error('the CPU counter of the cgroup is not a number')
    // A file that is opened anew each time may by now be that of another group in the same place.
    if (cpuUsageNs < reading.cpuUsageNs) throw new Error('the CPU counter of the cgroup went back')
    const stands = cpuUsageNs === reading.cpuUsageNs
    reading.cpuUsageNs = cpuUsageNs
    if (!stands || now >= this.#allDueAtMs) this.#readAll(now, stands)
    else if (network?.counter.moving === true) this.#readNetwork(now)
    into.identity = container.identity
    into.startedAt = container.startedAt
    into.readAtMs = now
    into.cpuUsageNs = cpuUsageNs
    into.memoryUsage = withoutCache(reading.memoryTotal, reading.inactiveFile)
    into.memoryLimit = reading.memoryLimit
    into.networkRxBytes = network?.counter.rx ?? 0
    into.networkTxBytes = network?.counter.tx ?? 0
    into.networkReadAtMs = network?.counter.readAtMs ?? now
    into.blockRead = reading.blockRead
    into.blockWrite = reading.blockWrite
    into.pidsCount = reading.pidsCount
    into.periods = reading.periods
    into.throttledPeriods = reading.throttledPeriods
    into.oomKills = reading.oomKills
    into.pressure = reading.pressure
  }

  #readAll(now: number, stands: boolean): void {
    const { files } = this.parts
    const reading = this.#reading
    const first = this.#restReadAtMs === Number.NEGATIVE_INFINITY
    reading.memoryTotal = files.readMemoryTotal()
    this.#allDueAtMs = now + still.allEveryMs
    if (stands || this.#networkIsDue(now)) this.#readNetwork(now)
    else this.#allDueAtMs = Math.min(this.#allDueAtMs, this.#networkDueAtMs)
    const restEvery = stands ? still.restEveryMs : restEveryMs
    if (now - this.#restReadAtMs < restEvery) {
      if (this.#memoryMoved()) this.#readCache()
      // Only a container with a CPU limit has periods, and a rate of theirs needs them from the same moment.
      if (reading.periods > 0) files.readThrottling(reading)
      return
    }
    this.#readCache()
    files.readRest(reading)
    const early = first ? this.#phase : 0
    this.#restReadAtMs = now - early * restEveryMs
    this.#allDueAtMs -= early * still.allEveryMs
    this.#networkDueAtMs -= early * quiet.networkEveryMs
  }

  #networkIsDue(now: number): boolean {
    if (now >= this.#networkDueAtMs || this.parts.network?.counter.moving === true) return true
    const usedNs = this.#reading.cpuUsageNs - this.#cpuNsAtNetwork
    const sinceMs = now - this.#networkDueAtMs + quiet.networkEveryMs
    return usedNs > sinceMs * quiet.cpuShare * nsPerMs
  }

  #readNetwork(now: number): void {
    const { network, netDevPath } = this.parts
    network?.counter.read(netDevPath, now)
    this.#networkDueAtMs = now + quiet.networkEveryMs
    this.#cpuNsAtNetwork = this.#reading.cpuUsageNs
  }

  #memoryMoved(): boolean {
    const moved = Math.abs(this.#reading.memoryTotal - this.#memoryAtCache)
    return moved > tolerance.bytes && moved > this.#memoryAtCache * tolerance.share
  }

  #readCache(): void {
    this.#reading.inactiveFile = this.parts.files.readInactiveFile()
    this.#memoryAtCache = this.#reading.memoryTotal
  }
}
