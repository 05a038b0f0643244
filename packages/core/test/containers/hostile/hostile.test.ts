import { expect, test } from 'vitest'
import type {
  ContainerConfig,
  ContainerManagerConfig,
  IsolationPolicy,
} from '../../../src/index.ts'
import { describeInBoth } from '../../both/describe-in-both.ts'
import { fixture } from '../modules.ts'
import { cases } from './cases.ts'

/** How the title of each option's case begins: an option without an attack does not compile. */
const attacked = {
  maxMemory: 'maxMemory: memory grows to it',
  maxCpuTime: 'maxCpuTime: a loop without end',
  maxFuel: 'maxFuel',
  maxCallDepth: 'maxCallDepth',
  allowedImports: 'allowedImports',
  imports: 'imports',
  persistentData: 'persistentData without a store',
  networkAccess: 'networkAccess',
  memoryIsolation: 'capabilities and memoryIsolation',
  fileSystemAccess: 'fileSystemAccess',
  crossContainerComm: 'crossContainerComm',
  syscallFilter: 'syscallFilter',
  capabilities: 'capabilities and memoryIsolation',
  runtime: 'runtime: an engine that is not there',
  execution: 'execution',
  environment: 'environment',
  files: 'fileSystemAccess',
  onOutput: 'onOutput',
  maxOutputBytes: 'maxOutputBytes',
  initialState: 'initialState',
  registry: 'networkTimeout, resolve and registry',
  maxContainers: 'maxContainers',
  defaultRuntime: 'defaultRuntime and runtimes',
  cacheSize: 'cacheSize',
  debugMode: 'debugMode',
  enableMetrics: 'enableMetrics',
  networkTimeout: 'networkTimeout, resolve and registry',
  releaseGrace: 'releaseGrace and clock',
  resolve: 'networkTimeout, resolve and registry',
  stateStore: 'persistentData and stateStore',
  runtimes: 'defaultRuntime and runtimes',
  workerThreads: 'workerThreads and workerUrl',
  workerUrl: 'workerThreads and workerUrl',
  clock: 'releaseGrace and clock',
  fetch: 'fetch',
} satisfies Record<
  | Exclude<keyof ContainerConfig, 'isolation'>
  | keyof IsolationPolicy
  | keyof ContainerManagerConfig,
  string
>

test.each(Object.entries(attacked))('%s has an attack', (_, title) => {
  expect(cases.filter((one) => one.title.startsWith(title))).not.toEqual([])
})

describeInBoth({
  cases,
  from: new URL('cases.ts', import.meta.url),
  load: async (name) => fixture(name === 'workloads.wasm' ? `../meter/${name}` : name),
})
