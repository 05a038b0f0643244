import type { Clock } from '../clock.ts'
import {
  LIMITS,
  type LokiLogEntry,
  type LokiLogsResponse,
  type PrometheusMetricsResponse,
} from '../contract/index.ts'
import { notFound } from '../errors.ts'
import type { Tables } from '../storage/tables.ts'
import { readLimit, toJson, type Route } from './route.ts'

const MINUTE_MS = 60_000
const WINDOW_SECONDS = 3600

export interface ObservabilityParts {
  readonly tables: Tables
  readonly clock: Clock
}

/** Logs and CPU in the seed's Loki and Prometheus shapes, answered from what is stored here. */
export function createObservabilityRoutes(parts: ObservabilityParts): Route[] {
  return [
    {
      method: 'GET',
      path: '/api/functions/{functionId}/loki-logs',
      summary: 'Lists printed lines, newest first',
      limit: LIMITS.lokiLogs,
      answer: { status: 200, description: 'The lines', schema: 'LokiLogsResponse' },
      errors: ['VALIDATION_ERROR', 'NOT_FOUND'],
      failure: 'READ_ERROR',
      async handle({ url, param }) {
        const functionId = await assertFunction(parts.tables, param('functionId'))
        const logs = await newestLines(parts.tables, functionId, readLimit(url, LIMITS.lokiLogs))
        return toJson({
          logs,
          total: logs.length,
          function_id: functionId,
        } satisfies LokiLogsResponse)
      },
    },
    {
      method: 'GET',
      path: '/api/functions/{functionId}/metrics',
      summary: 'CPU use of the last 60 minutes, one point a minute',
      answer: { status: 200, description: 'The series', schema: 'PrometheusMetricsResponse' },
      errors: ['NOT_FOUND'],
      failure: 'READ_ERROR',
      handle: async ({ param }) =>
        toJson(await cpuMetrics(parts, await assertFunction(parts.tables, param('functionId')))),
    },
  ]
}

async function assertFunction(tables: Tables, functionId: string): Promise<string> {
  if ((await tables.functions.get(functionId)) === null) throw notFound('function', functionId)
  return functionId
}

async function newestLines(
  tables: Tables,
  functionId: string,
  limit: number,
): Promise<LokiLogEntry[]> {
  const { rows } = await tables.executions.newest({ functionId }, LIMITS.functionLogs.max)
  const lines = rows.flatMap(({ record }) => record.lines.toReversed())
  // Executions overlap, so their lines do too.
  lines.sort((a, b) => b.atMs - a.atMs)
  return lines.slice(0, limit).map((line) => ({ timestamp: `${line.atMs}000000`, line: line.text }))
}

async function cpuMetrics(
  { tables, clock }: ObservabilityParts,
  functionId: string,
): Promise<PrometheusMetricsResponse> {
  const nowMs = clock.now()
  const lastMinute = Math.floor(nowMs / MINUTE_MS)
  const firstMinute = lastMinute - WINDOW_SECONDS / 60
  const minutes = await tables.executions.cpuMinutes(functionId, firstMinute * MINUTE_MS, nowMs)
  const cpuMsOf = new Map(minutes.map(({ atMs, cpuMs }) => [atMs / MINUTE_MS, cpuMs]))
  // A minute is known once it is over, so its rate stands at its end, as rate()[1m] would have it.
  const series = Array.from({ length: WINDOW_SECONDS / 60 }, (_, index) => {
    const minute = firstMinute + index
    return { timestamp: (minute + 1) * 60, value: (cpuMsOf.get(minute) ?? 0) / MINUTE_MS }
  })
  const query = `sum(rate(faas_function_cpu_seconds_total{function_id="${functionId}"}[1m]))`
  const data = {
    cpu_total: series.at(-1)?.value ?? null,
    cpu_series: series,
    window_seconds: WINDOW_SECONDS,
    instant_query: query,
    range_query: query,
  }
  return { status: 'success', function_id: functionId, data }
}
