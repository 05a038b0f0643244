import type { ExecutionLog, ExecutionSummary, LogLevel, TruncatedPart } from '../contract/index.ts'
import { toKoreanTime } from '../catalog/time.ts'
import type { ExecutionFacts, ExecutionHead, ExecutionRecord } from '../storage/tables.ts'
import { showBody } from './capture.ts'

/** The last entry of `logs` when more was printed than is kept. */
export const TRUNCATION_MARK = '… [truncated: more was printed than is kept]'

export function toExecutionLog(record: ExecutionRecord): ExecutionLog {
  const { request, response, failure } = record
  return {
    ...toCommon(record),
    ...(request === null ? {} : { requestBody: showBody(request) }),
    ...(response === null ? {} : { responseBody: showBody(response) }),
    logs: [
      ...record.lines.map((line) => line.text),
      ...(record.logsTruncated ? [TRUNCATION_MARK] : []),
    ],
    coldStart: record.coldStart,
    coldStartMs: record.coldStartMs,
    queueMs: record.queueMs,
    cpuMs: record.cpuMs,
    memoryBytes: record.memoryBytes,
    truncated: truncatedParts(record),
    ...(failure === null ? {} : { error: failure }),
  }
}

export function toExecutionSummary(head: ExecutionHead): ExecutionSummary {
  const { failureCode, lastLine } = head
  return {
    ...toCommon(head),
    ...(failureCode === null ? {} : { errorCode: failureCode }),
    ...(lastLine === null ? {} : { lastLine }),
  }
}

function toCommon(record: ExecutionFacts): Omit<ExecutionSummary, 'errorCode' | 'lastLine'> {
  return {
    id: record.id,
    functionId: record.functionId,
    timestamp: toKoreanTime(record.startedAtMs),
    status: record.isError ? 'error' : 'success',
    duration: record.durationMs,
    statusCode: record.statusCode,
    level: levelOf(record),
    method: record.method,
    path: record.path,
    trigger: record.trigger,
  }
}

function levelOf(record: ExecutionFacts): LogLevel {
  if (record.isError) return 'error'
  return record.statusCode >= 400 ? 'warn' : 'info'
}

function truncatedParts(record: ExecutionRecord): TruncatedPart[] {
  const parts: TruncatedPart[] = []
  if (record.request?.truncated === true) parts.push('requestBody')
  if (record.response?.truncated === true) parts.push('responseBody')
  if (record.logsTruncated) parts.push('logs')
  return parts
}
