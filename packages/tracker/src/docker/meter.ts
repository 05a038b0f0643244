import { TrackerError } from '../model/errors.ts'
import type { ResourceCounters } from '../model/metrics.ts'
import type { StatsPath } from '../model/ports.ts'
import type { CgroupMeter, Located } from './cgroup/cgroup-meter.ts'
import { stringAt } from './fields.ts'
import type { RunningContainer } from './inspect.ts'
import { parseInspect } from './inspect.ts'
import { parseStats } from './parse-stats.ts'
import type { EngineTransport } from './transport.ts'

/** What the meter needs. */
export interface MeterPorts {
  readonly transport: EngineTransport
  /** Absent when only the engine's API may be used. */
  readonly cgroups: CgroupMeter | undefined
}

interface Known {
  readonly container: RunningContainer
  readonly located: Located
}

/** The API version that brought one-shot statistics: half the work of primed ones, which wait for two turns of the collector. */
const oneShotSince = { major: 1, minor: 41 } as const

interface Engine {
  readonly version: string
  readonly oneShot: boolean
}

const parseEngine = (body: unknown): Engine => {
  const [major = 0, minor = 0] = stringAt(body, 'ApiVersion').split('.').map(Number)
  const oneShot =
    major > oneShotSince.major || (major === oneShotSince.major && minor >= oneShotSince.minor)
  return { version: stringAt(body, 'Version') || 'unknown', oneShot }
}

/** Measures containers on the cheapest path that works: cgroup v2, cgroup v1, one-shot statistics, primed statistics. */
export class Meter {
  readonly #ports: MeterPorts
  readonly #known = new Map<string, Known>()
  #engine: Engine | undefined

  constructor(ports: MeterPorts) {
    this.#ports = ports
  }

  async sample(containerId: string, signal: AbortSignal): Promise<ResourceCounters> {
    const known = this.#known.get(containerId) ?? (await this.#learn(containerId, signal))
    const read = this.sampleNow(containerId)
    if (read !== undefined) return { ...read }
    try {
      return await this.#ask(known.container, signal)
    } catch (error) {
      this.forget(containerId)
      throw error
    }
  }

  /** Reads a container that is known and whose files are here; the next call writes over the answer. */
  sampleNow(containerId: string): ResourceCounters | undefined {
    const located = this.#known.get(containerId)?.located
    if (located?.found !== true || this.#ports.cgroups === undefined) return undefined
    try {
      return this.#ports.cgroups.read(located.cgroup)
    } catch (error) {
      // A restart changes the process and the start time: the next sample learns them anew.
      this.forget(containerId)
      throw error
    }
  }

  forget(containerId: string): void {
    const known = this.#known.get(containerId)
    this.#known.delete(containerId)
    if (known?.located.found === true) this.#ports.cgroups?.release(known.located.cgroup)
  }

  pathOf(containerId: string): StatsPath | undefined {
    const known = this.#known.get(containerId)
    if (known === undefined) return undefined
    const { located } = known
    if (!located.found) {
      if (this.#engine === undefined) return undefined
      const path = this.#engine.oneShot ? 'stats-one-shot' : 'stats-primed'
      return { path, reason: `${located.reason}; engine ${this.#engine.version}` }
    }
    return {
      path: located.version === 2 ? 'cgroup-v2' : 'cgroup-v1',
      reason: 'its cgroup files are readable here',
    }
  }

  async #learn(containerId: string, signal: AbortSignal): Promise<Known> {
    const body = await this.#ports.transport.getJson(
      `/containers/${encodeURIComponent(containerId)}/json`,
      signal,
    )
    const container = parseInspect(body)
    const located = this.#ports.cgroups?.locate(container) ?? {
      found: false,
      reason: 'direct reading is switched off',
    }
    const known = { container, located }
    this.#known.set(containerId, known)
    return known
  }

  async #ask(container: RunningContainer, signal: AbortSignal): Promise<ResourceCounters> {
    this.#engine ??= parseEngine(await this.#ports.transport.getJson('/version', signal))
    const oneShot = this.#engine.oneShot ? '&one-shot=true' : ''
    const path = `/containers/${encodeURIComponent(container.id)}/stats?stream=false${oneShot}`
    const body = await this.#ports.transport.getJson(path, signal)
    const read = stringAt(body, 'read')
    if (read.startsWith('0001-'))
      throw new TrackerError('NOT_FOUND', `container ${container.id.slice(0, 12)} does not run`)
    return { ...parseStats(body, container.identity), startedAt: container.startedAt }
  }
}
