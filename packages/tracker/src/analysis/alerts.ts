import type { ContainerStats } from '../model/metrics.ts'
import type { Clock, Logger } from '../model/ports.ts'
import { silentLogger, systemClock } from '../model/ports.ts'
import type { ResourceMonitor } from '../monitor/resource-monitor.ts'
import type { WatchedTracker } from '../monitor/watched.ts'
import { watch } from '../monitor/watched.ts'
import type { StateStore } from '../persistence/state-store.ts'
import { StateWriter, requireStarted } from '../persistence/state-writer.ts'
import type { Alert, AlertEnd, Notifier } from './alert.ts'
import type { AlertRule, AlertState } from './alert-rule.ts'
import { alertMetrics, checkRules, defaultAlertRules, reduceAlert } from './alert-rule.ts'
import { Deliveries } from './deliveries.ts'
import { Recent } from './recent.ts'
import { alertDocuments } from './stored-documents.ts'

/** Options of `Alerts`. */
export interface AlertsOptions {
  /** Default: CPU over 80 % for a minute, memory over 85 % for half a minute. */
  readonly rules?: readonly AlertRule[]
  readonly notifiers?: readonly Notifier[]
  /** Tries after a notification that failed and may work later. Default 8, which takes about three minutes. */
  readonly maxRetries?: number
  /** Wait before the first of them, in ms; doubles with each up to a minute. Default 1,000. */
  readonly retryMs?: number
  /** Alerts that may wait for a slow notifier; the oldest are dropped. Default 256. */
  readonly maxPending?: number
  /** An alert whose workspace was not measured for this long ends, in ms. Default 300,000. */
  readonly staleMs?: number
  /** Begun and ended alerts that `recent` keeps. Default 200. */
  readonly maxRecent?: number
  /** Keeps alerts, waits and unsent notifications over a crash; needs `start`. Without it they begin anew with the process. */
  readonly store?: StateStore
  readonly clock?: Clock
  readonly logger?: Logger
}

interface Entry {
  readonly ruleId: string
  readonly workspaceId: string
  state: AlertState
  /** While it fires. */
  alert: Alert | undefined
  /** The newest measurement, on the monotonic clock. */
  seenAt: number
}

interface Saved {
  readonly state: AlertState
  readonly alert?: Alert
}

const longestTickMs = 15_000
const defaultStaleMs = 300_000
const defaultMaxRetries = 8
const saveDelayMs = 1000
const entryPrefix = 'rule/'

const keyOf = (ruleId: string, workspaceId: string): string => JSON.stringify([ruleId, workspaceId])

/** Watches measurements with rules and tells notifiers, each at its own pace. */
export class Alerts {
  readonly #options: AlertsOptions
  readonly #rules: readonly AlertRule[]
  readonly #entries = new Map<string, Entry>()
  readonly #recent: Recent<Alert>
  readonly #deliveries: Deliveries
  readonly #writer: StateWriter | undefined
  readonly #clock: Clock
  readonly #staleMs: number
  readonly #tickMs: number
  #cancelTick: (() => void) | undefined
  #started = false
  #stopped = false

  /** @throws TypeError or RangeError for rules that cannot work. */
  constructor(options: AlertsOptions = {}) {
    this.#options = options
    this.#rules = checkRules(options.rules ?? defaultAlertRules)
    this.#clock = options.clock ?? systemClock
    this.#staleMs = options.staleMs ?? defaultStaleMs
    const { store } = options
    const common = { clock: this.#clock, logger: options.logger ?? silentLogger }
    this.#writer =
      store && new StateWriter({ ...common, store, prefix: 'alerts/', delayMs: saveDelayMs })
    this.#recent = new Recent(options.maxRecent ?? 200, this.#writer)
    const notifiers = options.notifiers ?? []
    this.#tickMs = Math.min(
      longestTickMs,
      this.#staleMs,
      ...notifiers.flatMap(({ repeatMs }) => repeatMs ?? []),
    )
    this.#deliveries = new Deliveries({
      ...common,
      notifiers,
      maxRetries: options.maxRetries ?? defaultMaxRetries,
      retryMs: options.retryMs ?? 1000,
      maxPending: options.maxPending ?? 256,
      writer: this.#writer,
    })
  }

  /** Alerts that fire now. */
  get firing(): readonly Alert[] {
    return [...this.#entries.values()].flatMap(({ alert }) => alert ?? [])
  }

  /** Alerts that began or ended lately, oldest first. */
  get recent(): readonly Alert[] {
    return this.#recent.items
  }

  /** Notifications that were given up. */
  get dropped(): number {
    return this.#deliveries.dropped
  }

  /** The rules that are applied. */
  get rules(): readonly AlertRule[] {
    return this.#rules
  }

  /**
   * Restores what an earlier process kept in the store: what fires still fires and is not told again, a wait goes on
   * without the time in between, and what was not told is told. Needed once when there is a store.
   *
   * @throws TrackerError `STORE` when it cannot be read.
   */
  async start(): Promise<void> {
    const saved = (await this.#writer?.load(alertDocuments)) ?? new Map<string, unknown>()
    this.#started = true
    this.#recent.restore(saved)
    this.#deliveries.restore(saved)
    for (const [key, value] of saved)
      if (key.startsWith(entryPrefix)) this.#restore(key, value as Saved)
    this.#wake()
  }

  /** Takes every measurement of a monitor, or of a tracker, which also says when a workspace is gone; the returned function stops that. */
  attach(target: ResourceMonitor | WatchedTracker): () => void {
    return watch(target, {
      onSample: (stats) => void this.check(stats),
      onRemoved: (id) => this.forget(id),
    })
  }

  /**
   * Applies the rules to a measurement; gives the alerts that begin or end with it.
   *
   * @throws TrackerError `STOPPED` when there is a store and `start` was not called.
   */
  check(stats: ContainerStats): readonly Alert[] {
    requireStarted('Alerts.check', this.#started || this.#options.store === undefined)
    const changes = this.#rules.flatMap((rule) => this.#apply(rule, stats) ?? [])
    this.#wake()
    return changes
  }

  /** Forgets a workspace; alerts that fire for it end. */
  forget(workspaceId: string): void {
    for (const entry of this.#entries.values())
      if (entry.workspaceId === workspaceId) this.#end(entry, 'workspace_removed')
  }

  /** Ends notifications under way and writes the state; those not accepted yet are sent after the next start. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#cancelTick?.()
    this.#deliveries.stop()
    await this.#writer?.stop()
  }

  #apply(rule: AlertRule, stats: ContainerStats): Alert | undefined {
    const key = keyOf(rule.id, stats.workspaceId)
    const sample = { value: alertMetrics[rule.metric](stats), at: stats.timestamp }
    const entry = this.#entries.get(key)
    const before: AlertState = entry?.state ?? { phase: 'quiet' }
    const [after, change] = reduceAlert(before, rule, sample)
    const seenAt = Number.isFinite(sample.value)
      ? this.#clock.monotonic()
      : (entry?.seenAt ?? this.#clock.monotonic())
    if (change === 'resolved' && entry !== undefined) {
      const value = { value: sample.value, at: sample.at, containerId: stats.containerId }
      return this.#resolve(entry, 'value', value)
    }
    const alert = change === 'firing' ? toAlert(rule, stats, after) : entry?.alert
    if (after.phase === 'quiet') this.#remove(key)
    else {
      const { workspaceId } = stats
      this.#put(key, { ruleId: rule.id, workspaceId, state: after, alert, seenAt }, before)
    }
    if (change === 'firing' && alert !== undefined) this.#announce(alert)
    return change === 'firing' ? alert : undefined
  }

  #put(key: string, entry: Entry, before: AlertState): void {
    this.#entries.set(key, entry)
    const { state, alert } = entry
    if (state !== before)
      this.#writer?.put(entryPrefix + key, { state, ...(alert && { alert }) } satisfies Saved)
  }

  #remove(key: string): void {
    if (this.#entries.delete(key)) this.#writer?.put(entryPrefix + key, undefined)
  }

  #announce(alert: Alert): void {
    this.#recent.add(alert)
    this.#deliveries.send(alert)
  }

  #resolve(
    entry: Entry,
    end: AlertEnd,
    last: Partial<Pick<Alert, 'value' | 'at' | 'containerId'>> = {},
  ): Alert | undefined {
    this.#remove(keyOf(entry.ruleId, entry.workspaceId))
    if (entry.alert === undefined) return undefined
    const alert: Alert = {
      ...entry.alert,
      at: this.#clock.now(),
      ...last,
      status: 'resolved',
      end,
      message: `${entry.ruleId} of ${entry.workspaceId} is over: ${endings[end]}`,
    }
    this.#announce(alert)
    return alert
  }

  #end(entry: Entry, end: AlertEnd): void {
    this.#resolve(entry, end)
  }

  #restore(key: string, { state, alert }: Saved): void {
    const [ruleId = '', workspaceId = ''] = JSON.parse(key.slice(entryPrefix.length)) as string[]
    const entry: Entry = {
      ruleId,
      workspaceId,
      // The time in which nobody looked counts nothing.
      state: state.phase === 'pending' ? { ...state, lastAt: null } : state,
      alert,
      seenAt: this.#clock.monotonic(),
    }
    this.#entries.set(keyOf(ruleId, workspaceId), entry)
    if (!this.#rules.some(({ id }) => id === ruleId)) this.#end(entry, 'rule_removed')
  }

  /** While something waits or fires, somebody must notice when its measurements stop, and repeat it. */
  #wake(): void {
    if (this.#stopped || this.#cancelTick !== undefined || this.#entries.size === 0) return
    this.#cancelTick = this.#clock.schedule(this.#tickMs, () => {
      this.#cancelTick = undefined
      const oldest = this.#clock.monotonic() - this.#staleMs
      for (const entry of this.#entries.values())
        if (entry.seenAt < oldest) this.#end(entry, 'no_data')
      this.#deliveries.repeat(this.firing)
      this.#wake()
    })
  }
}

const endings: Readonly<Record<AlertEnd, string>> = {
  value: 'the value is below its bound again',
  workspace_removed: 'the workspace is gone',
  no_data: 'the workspace is not measured any more',
  rule_removed: 'its rule was taken out',
}

/** A name as part of an id, which must fit into an HTTP header and not be another's. */
const plain = (name: string): string =>
  encodeURIComponent(name.replace(/[\uD800-\uDFFF]/gu, '\uFFFD'))

const toAlert = (rule: AlertRule, stats: ContainerStats, state: AlertState): Alert => {
  const value = alertMetrics[rule.metric](stats)
  const startedAt = state.phase === 'quiet' ? stats.timestamp : state.since
  return {
    id: `${plain(rule.id)}/${plain(stats.workspaceId)}/${startedAt}`,
    ruleId: rule.id,
    workspaceId: stats.workspaceId,
    containerId: stats.containerId,
    status: 'firing',
    severity: rule.severity ?? 'warning',
    value,
    threshold: rule.above,
    startedAt,
    at: stats.timestamp,
    message: `${rule.metric} of ${stats.workspaceId} is ${value.toFixed(1)}, above ${rule.above}`,
    end: null,
  }
}
