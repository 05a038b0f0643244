import { TrackerError } from '../model/errors.ts'
import type { Alert, Notifier } from './alerts.ts'

/** Options of the notifiers. */
export interface NotifierOptions {
  readonly headers?: Readonly<Record<string, string>>
  /** Default 10,000. */
  readonly timeoutMs?: number
  readonly fetch?: typeof globalThis.fetch
}

const defaultTimeoutMs = 10_000

const post = async (
  url: string,
  body: unknown,
  options: NotifierOptions & { signal: AbortSignal },
): Promise<void> => {
  const send = options.fetch ?? globalThis.fetch
  const response = await send(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...options.headers },
    body: JSON.stringify(body),
    signal: AbortSignal.any([
      options.signal,
      AbortSignal.timeout(options.timeoutMs ?? defaultTimeoutMs),
    ]),
  })
  await response.body?.cancel()
  if (!response.ok)
    throw new TrackerError(
      'PROTOCOL',
      `${new URL(url).origin} answered a notification with HTTP status ${response.status}`,
    )
}

/** Posts each alert as JSON, in the field names of `Alert`. */
export const webhookNotifier = (url: string, options: NotifierOptions = {}): Notifier => ({
  name: `webhook ${new URL(url).origin}`,
  notify: (alert, signal) => post(url, alert, { ...options, signal }),
})

const toAlertmanager = (alert: Alert): object => ({
  labels: { alertname: alert.ruleId, workspace: alert.workspaceId, severity: alert.severity },
  annotations: { summary: alert.message },
  startsAt: new Date(alert.startedAt).toISOString(),
  ...(alert.status === 'resolved' ? { endsAt: new Date(alert.at).toISOString() } : {}),
})

/**
 * Hands alerts to a Prometheus Alertmanager.
 *
 * @see https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml "postAlerts"
 */
export const alertmanagerNotifier = (baseUrl: string, options: NotifierOptions = {}): Notifier => {
  const url = `${baseUrl.replace(/\/$/, '')}/api/v2/alerts`
  return {
    name: `Alertmanager ${new URL(url).origin}`,
    notify: (alert, signal) => post(url, [toAlertmanager(alert)], { ...options, signal }),
  }
}
