import { EventType } from '../model/events.ts'
import type { DocumentKinds } from '../persistence/state-writer.ts'
import type { Shape } from '../persistence/shape.ts'
import {
  isAmount,
  isCount,
  isFields,
  isFlag,
  isNumber,
  isText,
  listOf,
  objectOf,
  oneOf,
  orNull,
  parseJson,
  tupleOf,
} from '../persistence/shape.ts'
import { metricNames } from '../rollup/rows.ts'
import { anomalyBins } from './anomaly.ts'
import { sampleNumbers } from './sample-row.ts'

const numbered = (item: Shape): Shape => objectOf({ number: isCount, item })

const isAlert: Shape = objectOf({
  id: isText,
  ruleId: isText,
  workspaceId: isText,
  containerId: isText,
  status: oneOf('firing', 'resolved'),
  severity: oneOf('warning', 'critical'),
  value: isNumber,
  threshold: isNumber,
  startedAt: isNumber,
  at: isNumber,
  message: isText,
  end: orNull(oneOf('value', 'workspace_removed', 'no_data', 'rule_removed')),
})

const isWait: Shape = objectOf({
  state: objectOf({
    phase: oneOf('pending'),
    since: isNumber,
    heldMs: isAmount,
    lastAt: orNull(isNumber),
  }),
})
const isFiring: Shape = objectOf({
  state: objectOf({ phase: oneOf('firing'), since: isNumber }),
  alert: isAlert,
})
const isRuleKey: Shape = tupleOf(isText, isText)

/** What `Alerts` and its notifications keep. */
export const alertDocuments: DocumentKinds = {
  'recent/': (value) => numbered(isAlert)(value),
  'out/': (value) => objectOf({ number: isCount, alert: isAlert })(value),
  'rule/': (value, key) => isRuleKey(parseJson(key)) && (isWait(value) || isFiring(value)),
}

const isAnomaly: Shape = objectOf({
  workspaceId: isText,
  containerId: isText,
  metric: oneOf(...metricNames),
  value: isNumber,
  usual: orNull(isNumber),
  score: isNumber,
  threshold: isNumber,
  at: isNumber,
})

const isAnomalyState: Shape = objectOf({
  mean: listOf(isNumber, anomalyBins),
  variance: listOf(isAmount, anomalyBins),
  seen: listOf(isCount, anomalyBins),
  noise: isAmount,
  votes: listOf(isFlag),
  threshold: isAmount,
  alarmed: isFlag,
  lastMs: isAmount,
})

/** What `Anomalies` keeps. */
export const anomalyDocuments: DocumentKinds = {
  'recent/': (value) => numbered(isAnomaly)(value),
  'series/': (value) => isAnomalyState(value),
}

const isPressure: Shape = objectOf({
  cpuSome: isNumber,
  memorySome: isNumber,
  memoryFull: isNumber,
  ioSome: isNumber,
})

const isSampleRow: Shape = tupleOf(
  isText,
  isText,
  orNull(isNumber),
  orNull(isPressure),
  listOf(isNumber, sampleNumbers.length),
)

const isStats: Shape = objectOf({
  ...Object.fromEntries(sampleNumbers.map((name) => [name, isNumber])),
  workspaceId: isText,
  containerId: isText,
  networkRxMB: isNumber,
  networkTxMB: isNumber,
  oomKills: orNull(isNumber),
  pressure: orNull(isPressure),
  uptime: isText,
})

const isSync: Shape = objectOf({
  workspaceCount: isNumber,
  durationMs: isNumber,
  successCount: isNumber,
  errorCount: isNumber,
  timestamp: isNumber,
})

const eventData: Readonly<Record<EventType, Shape>> = {
  status_changed: objectOf({
    oldStatus: isText,
    newStatus: isText,
    reason: isText,
    containerId: isText,
    changedAt: isNumber,
  }),
  container_update: objectOf({
    containerId: isText,
    oldState: isText,
    newState: isText,
    updatedAt: isNumber,
    metrics: orNull(isFields),
  }),
  error: objectOf({
    error: isText,
    code: isText,
    retryCount: isNumber,
    occurredAt: isNumber,
    context: isFields,
  }),
  recovery: objectOf({
    resolvedError: isText,
    recoveryMethod: isText,
    recoveredAt: isNumber,
    downtimeMs: isNumber,
  }),
  metrics_update: objectOf({ newMetrics: isFields, updatedAt: isNumber, delta: isFields }),
  sync_start: isSync,
  sync_complete: isSync,
}

const eventTypes = Object.values(EventType)

const isEvent: Shape = (value) => {
  const type = isFields(value) ? eventTypes.find((one) => one === value['type']) : undefined
  return (
    type !== undefined &&
    objectOf({
      id: isText,
      seq: isCount,
      workspaceId: isText,
      timestamp: isNumber,
      message: isText,
      data: eventData[type],
    })(value)
  )
}

const isFlightRecord: Shape = objectOf({
  workspaceId: isText,
  containerId: isText,
  diedAt: isNumber,
  cause: oneOf(
    'out_of_memory',
    'out_of_memory_likely',
    'killed',
    'crashed',
    'engine_lost',
    'unobserved',
  ),
  why: isText,
  exitCode: orNull(isNumber),
  samples: listOf(isStats),
  events: listOf(isEvent),
})

const isSampleKey: Shape = tupleOf(isText, oneOf('s'), isCount)
const isEventKey: Shape = tupleOf(isText, oneOf('e'), isCount)

/** What `FlightRecorder` keeps. */
export const flightDocuments: DocumentKinds = {
  'recent/': (value) => numbered(isFlightRecord)(value),
  'tape/': (value, key) => {
    const name = parseJson(key)
    return (
      (isSampleKey(name) && numbered(isSampleRow)(value)) ||
      (isEventKey(name) && numbered(isEvent)(value))
    )
  },
}
