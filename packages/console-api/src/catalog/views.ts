import type { FunctionConfig, FunctionSummary, Workspace } from '../contract/index.ts'
import type { FunctionRow, WindowTotals, WorkspaceRow } from '../storage/tables.ts'
import { toKoreanTime } from './time.ts'

export function toWorkspace(
  row: WorkspaceRow,
  functionCount: number,
  totals: WindowTotals,
): Workspace {
  return {
    id: row.id,
    name: row.name,
    ...(row.description === null ? {} : { description: row.description }),
    createdAt: toKoreanTime(row.createdAtMs),
    functionCount,
    invocations24h: totals.invocations,
    errorRate: totals.invocations === 0 ? 0 : (totals.errors / totals.invocations) * 100,
  }
}

export function toFunctionConfig(
  row: FunctionRow,
  code: Uint8Array,
  totals: WindowTotals,
): FunctionConfig {
  return {
    ...toFunctionSummary(row, totals),
    environmentVariables: { ...row.environment },
    code: Buffer.from(code).toString('base64'),
  }
}

export function toFunctionSummary(row: FunctionRow, totals: WindowTotals): FunctionSummary {
  return {
    id: row.id,
    workspaceId: row.workspaceId,
    name: row.name,
    ...(row.description === null ? {} : { description: row.description }),
    runtime: row.runtime,
    memory: row.memoryMb,
    timeout: row.timeoutSeconds,
    httpMethods: [...row.httpMethods],
    invocationUrl: row.invocationUrl,
    status: row.status,
    lastModified: toKoreanTime(row.lastModifiedMs),
    lastDeployed: row.lastDeployedMs === null ? null : toKoreanTime(row.lastDeployedMs),
    invocations24h: totals.invocations,
    errors24h: totals.errors,
    avgDuration: totals.invocations === 0 ? 0 : totals.durationMs / totals.invocations,
  }
}
