/** Why an alert ended: its value fell, its workspace went away or was not measured any more, or its rule was taken out. */
export type AlertEnd = 'value' | 'workspace_removed' | 'no_data' | 'rule_removed'

/** An alert that begins or ends. */
export interface Alert {
  /** The same from the beginning of an alert to its end, and no other alert's; ASCII, as in a URL. */
  readonly id: string
  readonly ruleId: string
  readonly workspaceId: string
  readonly containerId: string
  readonly status: 'firing' | 'resolved'
  readonly severity: 'warning' | 'critical'
  /** The value that began it, or ended it; in the unit of the rule's metric. */
  readonly value: number
  readonly threshold: number
  /** When the value first crossed the threshold, in ms since 1970. */
  readonly startedAt: number
  /** When it began to fire, or ended, in ms since 1970. */
  readonly at: number
  readonly message: string
  /** Null while it fires. */
  readonly end: AlertEnd | null
}

/** Delivers alerts. May be called twice for the same alert and status: after a crash, or to repeat it. */
export interface Notifier {
  /** For messages, so without secrets. Two notifiers of one name are told apart by their place in the list. */
  readonly name: string
  /** Alerts that fire are told again after this time, in ms. Default never. */
  readonly repeatMs?: number
  notify(alert: Alert, signal: AbortSignal): Promise<void>
}
