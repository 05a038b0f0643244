import type Docker from 'dockerode'
import { assertType, expectTypeOf, test } from 'vitest'
import type { WebSocket } from 'ws'
import type {
  WireAlert,
  WireAnomaly,
  WireErrorCode,
  WireEvent,
  WireFlight,
  WireMetricName,
  WireState,
} from '../src/contract/index.ts'
import type { DockerodeLike } from '../src/docker/index.ts'
import type { LiveSocket } from '../src/http/index.ts'
import type {
  Alert,
  AlertEnd,
  Anomaly,
  DeathCause,
  EventType,
  FlightRecord,
  MetricName,
  Tracker,
  TrackerErrorCode,
  TrackerEvent,
  WorkspaceState,
  WorkspaceStatus,
} from '../src/index.ts'

test('states, events and statuses have the names of the seed', () => {
  expectTypeOf<WorkspaceStatus>().toEqualTypeOf<'active' | 'inactive' | 'archived'>()
  expectTypeOf<TrackerEvent['type']>().toEqualTypeOf<EventType>()
  expectTypeOf<WireEvent['type']>().toEqualTypeOf<EventType>()
  expectTypeOf<WireState['status']>().toEqualTypeOf<WorkspaceState['status']>()
  expectTypeOf<WireState['container_state']>().toEqualTypeOf<WorkspaceState['containerState']>()
  expectTypeOf<Tracker['getWorkspaceState']>().returns.toEqualTypeOf<WorkspaceState | undefined>()
})

test('the type of an event tells its payload', () => {
  const read = (event: TrackerEvent): number | undefined =>
    event.type === 'recovery' ? event.data.downtimeMs : undefined
  assertType<(event: TrackerEvent) => number | undefined>(read)
})

test('a dockerode instance and a WebSocket of ws fit as they are', () => {
  expectTypeOf<Docker>().toExtend<DockerodeLike>()
  expectTypeOf<WebSocket>().toExtend<LiveSocket>()
})

type Snake<T extends string> = T extends `${infer Head}${infer Tail}`
  ? `${Head extends Lowercase<Head> ? Head : `_${Lowercase<Head>}`}${Snake<Tail>}`
  : T
type SnakeKeys<T> = Snake<Extract<keyof T, string>>

test('what the dashboard API shows has every field of what it shows, and the same words', () => {
  expectTypeOf<keyof WireAlert>().toEqualTypeOf<SnakeKeys<Alert>>()
  expectTypeOf<keyof WireAnomaly>().toEqualTypeOf<SnakeKeys<Anomaly>>()
  expectTypeOf<keyof WireFlight>().toEqualTypeOf<SnakeKeys<FlightRecord>>()
  expectTypeOf<WireAlert['end']>().toEqualTypeOf<AlertEnd | null>()
  expectTypeOf<WireFlight['cause']>().toEqualTypeOf<DeathCause>()
  expectTypeOf<WireMetricName>().toEqualTypeOf<MetricName>()
  expectTypeOf<Exclude<WireErrorCode, 'BAD_REQUEST' | 'METHOD'>>().toEqualTypeOf<TrackerErrorCode>()
})
