import { TrackerError } from '../model/errors.ts'
import type { ResourceCounters } from '../model/metrics.ts'
import { arrayAt, isFields, numberAt, objectAt, stringAt } from './fields.ts'

/**
 * Memory without reclaimable page cache, as `docker stats` computes it: v1 subtracts `total_inactive_file`, v2 `inactive_file`,
 * each only when it is smaller than the usage. NaN stands for "not known".
 *
 * @see https://github.com/docker/cli/blob/master/cli/command/container/stats_helpers.go
 */
export const withoutCache = (usage: number, inactiveFile: number | undefined): number =>
  inactiveFile !== undefined && inactiveFile < usage ? usage - inactiveFile : usage

const sumNetworks = (body: unknown, key: string): number =>
  Object.values(objectAt(body, 'networks')).reduce<number>(
    (sum, network) => sum + (numberAt(network, key) ?? 0),
    0,
  )

const sumBlockIo = (body: unknown, operation: string): number =>
  arrayAt(objectAt(body, 'blkio_stats'), 'io_service_bytes_recursive')
    .filter((entry) => stringAt(entry, 'op').toLowerCase() === operation)
    .reduce<number>((sum, entry) => sum + (numberAt(entry, 'value') ?? 0), 0)

/** Milliseconds with the engine's full precision; `Date.parse` would cut to whole ones. Undefined when it is no time. */
export const parseEngineTime = (text: string): number | undefined => {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)$/.exec(text)
  if (match === null) return undefined
  const seconds = Date.parse(`${match[1]}${match[3]}`)
  const ms = seconds + Number(match[2] ?? 0) * 1000
  return seconds > 0 ? ms : undefined
}

const previousOf = (
  body: unknown,
): { readonly readAtMs: number; readonly cpuUsageNs: number } | undefined => {
  const readAtMs = parseEngineTime(stringAt(body, 'preread'))
  const cpuUsageNs = numberAt(objectAt(objectAt(body, 'precpu_stats'), 'cpu_usage'), 'total_usage')
  return readAtMs === undefined || cpuUsageNs === undefined ? undefined : { readAtMs, cpuUsageNs }
}

/**
 * Reads the answer of `GET /containers/{id}/stats`.
 *
 * @throws TrackerError `NOT_FOUND` when the container does not run (engines then answer with zeros), `PROTOCOL` when it is no such answer.
 */
export const parseStats = (body: unknown, identity: string): ResourceCounters => {
  const cpu = objectAt(body, 'cpu_stats')
  const memory = objectAt(body, 'memory_stats')
  if (!isFields(body) || !isFields(body['cpu_stats']))
    throw new TrackerError('PROTOCOL', 'the engine did not answer with statistics')
  const readAtMs = parseEngineTime(stringAt(body, 'read'))
  const cpuUsageNs = numberAt(objectAt(cpu, 'cpu_usage'), 'total_usage')
  const usage = numberAt(memory, 'usage')
  if (readAtMs === undefined || cpuUsageNs === undefined || usage === undefined) {
    throw new TrackerError(
      'NOT_FOUND',
      `container ${identity.slice(0, 12)} does not run, so it has no statistics`,
    )
  }
  const details = objectAt(memory, 'stats')
  const throttling = objectAt(cpu, 'throttling_data')
  const previous = previousOf(body)
  return {
    identity,
    readAtMs,
    cpuUsageNs,
    memoryUsage: withoutCache(
      usage,
      numberAt(details, 'total_inactive_file') ?? numberAt(details, 'inactive_file'),
    ),
    memoryLimit: numberAt(memory, 'limit') ?? 0,
    networkRxBytes: sumNetworks(body, 'rx_bytes'),
    networkTxBytes: sumNetworks(body, 'tx_bytes'),
    blockRead: sumBlockIo(body, 'read'),
    blockWrite: sumBlockIo(body, 'write'),
    pidsCount: numberAt(objectAt(body, 'pids_stats'), 'current') ?? 0,
    periods: numberAt(throttling, 'periods') ?? 0,
    throttledPeriods: numberAt(throttling, 'throttled_periods') ?? 0,
    ...(previous === undefined ? {} : { previous }),
  }
}
