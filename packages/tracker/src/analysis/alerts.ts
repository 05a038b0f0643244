import type { ContainerStats } from '../model/metrics.ts'
import type { Clock, Logger } from '../model/ports.ts'
import { silentLogger, systemClock } from '../model/ports.ts'
import type { ResourceMonitor } from '../monitor/resource-monitor.ts'
import type { WatchedTracker } from '../monitor/watched.ts'
import { watch } from '../monitor/watched.ts'
import type { AlertRule, AlertState } from './alert-rule.ts'
import { alertMetrics, defaultAlertRules, reduceAlert } from './alert-rule.ts'

/** An alert that begins or ends. */
export interface Alert {
  readonly ruleId: string
  readonly workspaceId: string
  readonly containerId: string
  readonly status: 'firing' | 'resolved'
  readonly severity: 'warning' | 'critical'
  readonly value: number
  readonly threshold: number
  /** When the value first crossed the threshold, in ms since 1970. */
  readonly startedAt: number
  readonly at: number
  readonly message: string
}

/** Tells somebody about an alert. */
export interface Notifier {
  /** For messages. */
  readonly name: string
  notify(alert: Alert, signal: AbortSignal): Promise<void>
}

/** Options of `Alerts`. */
export interface AlertsOptions {
  /** Default: CPU over 80 % for a minute, memory over 85 % for half a minute. */
  readonly rules?: readonly AlertRule[]
  readonly notifiers?: readonly Notifier[]
  /** Tries after a notification that failed. Default 3. */
  readonly maxRetries?: number
  /** Wait before the first of them; doubles with each. Default 1,000. */
  readonly retryMs?: number
  /** Alerts that may wait for a slow notifier; the oldest are dropped. Default 256. */
  readonly maxPending?: number
  readonly clock?: Clock
  readonly logger?: Logger
}

interface Lane {
  readonly notifier: Notifier
  readonly pending: Alert[]
  busy: boolean
}

/** Watches measurements with rules and tells notifiers, each at its own pace. */
export class Alerts {
  readonly #options: AlertsOptions
  readonly #rules: readonly AlertRule[]
  readonly #states = new Map<string, AlertState>()
  readonly #firing = new Map<string, Alert>()
  readonly #lanes: readonly Lane[]
  readonly #logger: Logger
  readonly #clock: Clock
  readonly #stopped = new AbortController()
  #dropped = 0

  constructor(options: AlertsOptions = {}) {
    this.#options = options
    this.#rules = options.rules ?? defaultAlertRules
    this.#logger = options.logger ?? silentLogger
    this.#clock = options.clock ?? systemClock
    this.#lanes = (options.notifiers ?? []).map((notifier) => ({
      notifier,
      pending: [],
      busy: false,
    }))
  }

  /** Alerts that fire now. */
  get firing(): readonly Alert[] {
    return [...this.#firing.values()]
  }

  /** Alerts that no notifier could be told about. */
  get dropped(): number {
    return this.#dropped
  }

  /** Takes every measurement of a monitor, or of a tracker, which also says when a workspace is gone; the returned function stops that. */
  attach(target: ResourceMonitor | WatchedTracker): () => void {
    return watch(target, {
      onSample: (stats) => void this.check(stats),
      onRemoved: (id) => this.forget(id),
    })
  }

  /** Applies the rules to a measurement; gives the alerts that begin or end with it. */
  check(stats: ContainerStats): readonly Alert[] {
    const alerts: Alert[] = []
    for (const rule of this.#rules) {
      const key = `${rule.id} ${stats.workspaceId}`
      const sample = { value: alertMetrics[rule.metric](stats), at: stats.timestamp }
      const before = this.#states.get(key) ?? { phase: 'quiet' }
      const [after, change] = reduceAlert(before, rule, sample)
      if (after.phase === 'quiet') this.#states.delete(key)
      else this.#states.set(key, after)
      if (change === undefined) continue
      const state = after.phase === 'quiet' ? before : after
      const alert = toAlert(rule, stats, {
        status: change,
        value: sample.value,
        startedAt: state.phase === 'quiet' ? sample.at : state.since,
      })
      if (change === 'firing') this.#firing.set(key, alert)
      else this.#firing.delete(key)
      alerts.push(alert)
      this.#send(alert)
    }
    return alerts
  }

  /** Forgets a workspace; alerts that fire for it end without a word. */
  forget(workspaceId: string): void {
    for (const rule of this.#rules) {
      this.#states.delete(`${rule.id} ${workspaceId}`)
      this.#firing.delete(`${rule.id} ${workspaceId}`)
    }
  }

  /** Ends notifications under way. */
  stop(): void {
    this.#stopped.abort()
  }

  #send(alert: Alert): void {
    for (const lane of this.#lanes) {
      if (lane.pending.length >= (this.#options.maxPending ?? 256)) {
        lane.pending.shift()
        this.#dropped += 1
      }
      lane.pending.push(alert)
      if (!lane.busy) void this.#drain(lane)
    }
  }

  async #drain(lane: Lane): Promise<void> {
    lane.busy = true
    for (let alert = lane.pending.shift(); alert !== undefined; alert = lane.pending.shift())
      await this.#tell(lane.notifier, alert)
    lane.busy = false
  }

  async #tell(notifier: Notifier, alert: Alert): Promise<void> {
    const { signal } = this.#stopped
    for (let retry = 0; !signal.aborted; retry += 1) {
      try {
        await notifier.notify(alert, signal)
        return
      } catch (error) {
        if (retry >= (this.#options.maxRetries ?? 3)) {
          this.#dropped += 1
          this.#logger.error(
            `${notifier.name} could not be told about ${alert.ruleId} of ${alert.workspaceId}`,
            error,
          )
          return
        }
        await new Promise<void>((resolve) =>
          this.#clock.schedule((this.#options.retryMs ?? 1000) * 2 ** retry, resolve),
        )
      }
    }
  }
}

const toAlert = (
  rule: AlertRule,
  stats: ContainerStats,
  change: Pick<Alert, 'status' | 'value' | 'startedAt'>,
): Alert => ({
  ...change,
  ruleId: rule.id,
  workspaceId: stats.workspaceId,
  containerId: stats.containerId,
  severity: rule.severity ?? 'warning',
  threshold: rule.above,
  at: stats.timestamp,
  message: `${rule.metric} of ${stats.workspaceId} is ${change.value.toFixed(1)} (${change.status}, threshold ${rule.above})`,
})
