import { ApiError } from '@gaesup-state/console-api/contract'
import { baseUrl } from './client.ts'

/** What the daemon says about itself at `GET /status`. */
export interface DaemonStatus {
  readonly version: string
  readonly startedAt: string
  readonly dataDir?: string
  readonly parts: readonly DaemonPart[]
  readonly runtimes: readonly DaemonRuntime[]
  readonly endpoints: { readonly console: string; readonly sandbox: string }
}

export interface DaemonPart {
  readonly name: string
  readonly kind: 'embedded' | 'real'
  readonly detail: string
  /** `degraded`: it works with less than it should; left out means `ok`. */
  readonly status?: 'ok' | 'degraded'
  /** Why it is degraded, for people. */
  readonly reason?: string
}

export interface DaemonRuntime {
  readonly language: string
  readonly runtime: string
  readonly version: string
  readonly engine: string
}

export async function fetchStatus(signal?: AbortSignal): Promise<DaemonStatus> {
  const response = await fetch(`${baseUrl}/status`, {
    headers: { accept: 'application/json' },
    ...(signal && { signal }),
  }).catch((cause: unknown) => {
    throw new ApiError({
      code: 'NETWORK_ERROR',
      message: 'the daemon could not be reached',
      status: 0,
      cause,
    })
  })
  const body: unknown = await response.json().catch(() => null)
  if (!response.ok || !isStatus(body)) {
    throw new ApiError({
      code: 'BAD_RESPONSE',
      message: `GET /status answered ${response.status} without a status`,
      status: response.status,
    })
  }
  return body
}

function isStatus(body: unknown): body is DaemonStatus {
  return (
    typeof body === 'object' &&
    body !== null &&
    'parts' in body &&
    'runtimes' in body &&
    'endpoints' in body
  )
}
