import type { Alert, Notifier } from '../analysis/alert.ts'
import { parseUrl, postJson } from './post.ts'

/** Options of the notifiers. */
export interface NotifierOptions {
  /** Sent with each request, for example `authorization`. Never logged. */
  readonly headers?: Readonly<Record<string, string>>
  /** In ms; default 10,000. */
  readonly timeoutMs?: number
  readonly fetch?: typeof globalThis.fetch
}

/** Options of `webhookNotifier`. */
export interface WebhookOptions extends NotifierOptions {
  /** Signs each request: base64, with or without `whsec_` before it. Never logged. */
  readonly secret?: string
}

/** Options of `alertmanagerNotifier`. */
export interface AlertmanagerOptions extends NotifierOptions {
  /** Alerts that fire are sent again after this time, in ms, since Alertmanager forgets them after its `resolve_timeout` (5 min). Default 60,000. */
  readonly repeatMs?: number
}

const defaultTimeoutMs = 10_000
const defaultRepeatMs = 60_000

const post = async (
  url: URL,
  body: string,
  options: NotifierOptions & { signal: AbortSignal },
): Promise<void> => {
  await postJson(url, body, {
    headers: options.headers ?? {},
    timeoutMs: options.timeoutMs ?? defaultTimeoutMs,
    signal: options.signal,
    fetch: options.fetch ?? globalThis.fetch,
  })
}

const importKey = (secret: string) =>
  crypto.subtle.importKey(
    'raw',
    Uint8Array.from(atob(secret.replace(/^whsec_/, '')), (character) => character.charCodeAt(0)),
    { name: 'HMAC', hash: 'SHA-256' },
    false,
    ['sign'],
  )

const toBase64 = (bytes: ArrayBuffer): string => btoa(String.fromCharCode(...new Uint8Array(bytes)))

const checkSecret = (secret: string): void => {
  const bytes = secret.replace(/^whsec_/, '')
  if (!/^[A-Za-z0-9+/]{32,}={0,2}$/.test(bytes))
    throw new TypeError('webhookNotifier: secret is not base64 of 24 bytes or more')
}

/**
 * Posts each alert as JSON, in the field names of `Alert`. `webhook-id` is the same for every try of one notification,
 * so a receiver can drop repetitions; with a secret, `webhook-signature` proves who sent it.
 *
 * @throws TypeError for an invalid URL, or a secret that is not base64 of 24 bytes or more.
 * @see https://www.standardwebhooks.com
 */
export const webhookNotifier = (address: string, options: WebhookOptions = {}): Notifier => {
  const url = parseUrl('webhookNotifier', address)
  const { secret } = options
  if (secret !== undefined) checkSecret(secret)
  const sign = async (text: string): Promise<string> => {
    if (secret === undefined) return ''
    const bytes = new TextEncoder().encode(text)
    return `v1,${toBase64(await crypto.subtle.sign('HMAC', await importKey(secret), bytes))}`
  }
  return {
    name: `webhook ${url.origin}`,
    notify: async (alert, signal) => {
      const id = `${alert.id}:${alert.status}`
      const timestamp = String(Math.floor(Date.now() / 1000))
      const body = JSON.stringify(alert)
      const signature = await sign(`${id}.${timestamp}.${body}`)
      const headers = {
        'webhook-id': id,
        'webhook-timestamp': timestamp,
        ...(signature === '' ? {} : { 'webhook-signature': signature }),
        ...options.headers,
      }
      await post(url, body, { ...options, headers, signal })
    },
  }
}

const toAlertmanager = (alert: Alert): object => ({
  labels: { alertname: alert.ruleId, workspace: alert.workspaceId, severity: alert.severity },
  annotations: { summary: alert.message, container: alert.containerId },
  startsAt: new Date(alert.startedAt).toISOString(),
  ...(alert.status === 'resolved' ? { endsAt: new Date(alert.at).toISOString() } : {}),
})

/**
 * Hands alerts to a Prometheus Alertmanager, again and again while they fire.
 *
 * @throws TypeError for an invalid URL.
 * @see https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml "postAlerts"
 */
export const alertmanagerNotifier = (
  address: string,
  options: AlertmanagerOptions = {},
): Notifier => {
  const url = parseUrl('alertmanagerNotifier', `${address.replace(/\/+$/, '')}/api/v2/alerts`)
  return {
    name: `Alertmanager ${url.origin}`,
    repeatMs: options.repeatMs ?? defaultRepeatMs,
    notify: (alert, signal) =>
      post(url, JSON.stringify([toAlertmanager(alert)]), { ...options, signal }),
  }
}
