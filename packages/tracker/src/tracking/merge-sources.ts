import { TrackerError, toMessage } from '../model/errors.ts'
import type { SystemStats } from '../model/metrics.ts'
import type { ContainerEvent, ContainerSource, SourceNotice } from '../model/ports.ts'
import type { ContainerInfo } from '../model/state.ts'

/** One host of a merged source. */
export interface NamedSource {
  /** Name of the host, without a slash; prefix of the ids of its containers and workspaces. */
  readonly host: string
  readonly source: ContainerSource
}

const prefixed = (host: string, id: string): string => `${host}/${id}`

const within = <T extends { readonly workspaceId: string }>(host: string, item: T): T => ({
  ...item,
  workspaceId: prefixed(host, item.workspaceId),
})

const ownEvent = (host: string, event: ContainerEvent): ContainerEvent => ({
  ...within(host, event),
  containerId: prefixed(host, event.containerId),
})

/** All hosts as one. What a host without a description has is missing in the sums. */
const sumOf = (all: readonly (SystemStats | undefined)[]): SystemStats => {
  const known = all.filter((stats) => stats !== undefined)
  const sum = (key: Exclude<keyof SystemStats, 'dockerVersion'>): number =>
    known.reduce((total, stats) => total + stats[key], 0)
  return {
    containersTotal: sum('containersTotal'),
    containersRunning: sum('containersRunning'),
    containersStopped: sum('containersStopped'),
    imagesTotal: sum('imagesTotal'),
    memoryTotal: sum('memoryTotal'),
    memoryUsed: sum('memoryUsed'),
    cpuCount: sum('cpuCount'),
    dockerVersion: [...new Set(known.map(({ dockerVersion }) => dockerVersion))].join(', '),
    timestamp: Math.max(0, ...known.map(({ timestamp }) => timestamp)),
  }
}

/** Notices of many hosts as one stream. Each host's stream reconnects on its own. */
async function* mergeNotices(
  hosts: readonly NamedSource[],
  signal: AbortSignal,
): AsyncGenerator<SourceNotice> {
  const waiting: SourceNotice[] = []
  let wake: () => void = () => {}
  const push = (notice: SourceNotice): void => {
    waiting.push(notice)
    wake()
  }
  const lost = (host: string, error: unknown): SourceNotice => ({
    type: 'disconnected',
    error: new TrackerError('CONNECTION', `${host}: ${toMessage(error)}`),
  })
  const readers = hosts.map(async ({ host, source }) => {
    try {
      for await (const notice of source.events(signal)) {
        if (notice.type === 'event') push({ type: 'event', event: ownEvent(host, notice.event) })
        else push(notice.type === 'disconnected' ? lost(host, notice.error) : notice)
      }
    } catch (error) {
      push(lost(host, error))
    }
  })
  signal.addEventListener('abort', () => wake(), { once: true })
  while (!signal.aborted) {
    const next = waiting.shift()
    if (next !== undefined) yield next
    else
      await new Promise<void>((resolve) => {
        wake = resolve
      })
  }
  await Promise.allSettled(readers)
}

/**
 * Combines several hosts into one source. Containers and workspaces are named `host/id`. While a host cannot be listed,
 * its last listing stays valid, so that its workspaces do not disappear; its event stream reports the outage.
 *
 * @throws TypeError for a host name that is empty, contains a slash or is used twice.
 */
export const mergeSources = (hosts: readonly NamedSource[]): ContainerSource => {
  const byHost = new Map(hosts.map(({ host, source }) => [host, source]))
  const bad = hosts.find(({ host }) => host === '' || host.includes('/'))
  if (bad !== undefined || byHost.size !== hosts.length)
    throw new TypeError('mergeSources: host names must be different, not empty and without a slash')
  const lastListing = new Map<string, readonly ContainerInfo[]>()
  const split = (id: string): readonly [ContainerSource, string] => {
    const slash = id.indexOf('/')
    const source = byHost.get(id.slice(0, slash))
    if (source === undefined)
      throw new TrackerError('NOT_FOUND', `no host of this source has container ${id}`)
    return [source, id.slice(slash + 1)]
  }
  return {
    name: hosts.map(({ host }) => host).join(', '),
    list: async (signal) => {
      const results = await Promise.allSettled(hosts.map(({ source }) => source.list(signal)))
      const failed = results.find((result) => result.status === 'rejected')
      for (const [i, result] of results.entries()) {
        const host = hosts[i]?.host ?? ''
        if (result.status === 'fulfilled')
          lastListing.set(
            host,
            result.value.map((info) => ({ ...within(host, info), id: prefixed(host, info.id) })),
          )
      }
      if (failed !== undefined && lastListing.size < hosts.length) throw failed.reason
      return [...lastListing.values()].flat()
    },
    events: (signal) => mergeNotices(hosts, signal),
    sample: async (containerId, signal) => {
      const [source, id] = split(containerId)
      return source.sample(id, signal)
    },
    sampleNow: (containerId) => {
      const [source, id] = split(containerId)
      return source.sampleNow?.(id)
    },
    forget: (containerId) => {
      const [source, id] = split(containerId)
      source.forget?.(id)
    },
    statsPath: (containerId) => {
      const [source, id] = split(containerId)
      return source.statsPath?.(id)
    },
    system: async (signal) =>
      sumOf(await Promise.all(hosts.map(async ({ source }) => source.system?.(signal)))),
    reconnect: () => {
      for (const { source } of hosts) source.reconnect?.()
    },
    close: () => {
      for (const { source } of hosts) source.close?.()
    },
  }
}
