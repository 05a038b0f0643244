import { ContainerStatus, type HealthStatus } from './types.ts'

/** What a container's health is found out from. */
export interface Patient {
  readonly status: () => ContainerStatus
  readonly error: Error | undefined
  readonly checkedAt: Date
  /** The module's own answer; 0 is healthy. */
  readonly ask: () => Promise<number>
}

/** Never rejects: what goes wrong is the message. */
export async function checkHealth({
  status,
  error,
  checkedAt,
  ask,
}: Patient): Promise<HealthStatus> {
  const message = await complaint({ status, error, ask })
  const healthy = message === undefined
  return { healthy, status: status(), checkedAt, ...(healthy ? {} : { message }) }
}

async function complaint({
  status,
  error,
  ask,
}: Omit<Patient, 'checkedAt'>): Promise<string | undefined> {
  const now = status()
  if (now === ContainerStatus.PAUSED) return undefined
  if (now !== ContainerStatus.RUNNING) return error?.message ?? `It is ${now}.`
  try {
    const answer = await ask()
    return answer === 0 ? undefined : `gsp_health gave ${answer}.`
  } catch (cause) {
    return cause instanceof Error ? cause.message : String(cause)
  }
}
