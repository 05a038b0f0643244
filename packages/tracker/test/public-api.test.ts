import { expect, test } from 'vitest'
import * as contract from '../src/contract/index.ts'
import * as docker from '../src/docker/index.ts'
import * as http from '../src/http/index.ts'
import * as main from '../src/index.ts'
import * as store from '../src/store/index.ts'
import * as testing from '../src/testing/index.ts'

// A new export is a decision: add it here on purpose.

test('the main entry exports these names', () => {
  expect(Object.keys(main).sort()).toEqual([
    'Alerts',
    'Anomalies',
    'AnomalyDetector',
    'ContainerState',
    'EventBus',
    'EventType',
    'FlightRecorder',
    'MetricsCollector',
    'OtlpExporter',
    'ResourceMonitor',
    'Tracker',
    'TrackerError',
    'WorkspaceStatus',
    'alertMetrics',
    'alertmanagerNotifier',
    'defaultAlertRules',
    'forecast',
    'formatUptime',
    'mergeSources',
    'metricNames',
    'reduceAlert',
    'resolutionMs',
    'resolutions',
    'silentLogger',
    'sizingAdvice',
    'systemClock',
    'timeToOom',
    'toContainerStats',
    'trendOf',
    'webhookNotifier',
    'workspacesOf',
  ])
})

test('the subpaths export these names', () => {
  expect(Object.keys(docker).sort()).toEqual([
    'byLabel',
    'defaultWorkspaceLabel',
    'dockerSource',
    'engineReplayLimit',
    'parseEndpoint',
  ])
  expect(Object.keys(http).sort()).toEqual([
    'attachLive',
    'createTrackerHandler',
    'prefersOpenMetrics',
    'toNodeListener',
    'toOtlp',
    'toPrometheus',
    'toWire',
    'toWireEvent',
    'toWireState',
  ])
  expect(Object.keys(contract).sort()).toEqual([
    'emptyBoard',
    'parseWireMessage',
    'reduceBoard',
    'resumeAfter',
  ])
  expect(Object.keys(store).sort()).toEqual(['openSegmentStore', 'openStateStore'])
  expect(Object.keys(testing).sort()).toEqual(['FakeSource', 'ManualClock'])
})
