// Containers
export { ContainerManager, type RunOptions } from './manager.ts'
export type { ContainerManagerConfig } from './manager-config.ts'
export type { PerformanceConfig } from './performance.ts'
export { ContainerInstance } from './instance.ts'
export { createContainer } from './create-container.ts'
export type { ContainerLease } from './leases.ts'
export type { ContainerSnapshot } from './snapshot.ts'
export type { RegistrySource } from './registry-source.ts'
export type { ScriptSource } from './script-source.ts'
export type { ContainerSource, Resolve } from './source.ts'
export type { StartingContainer } from './starts.ts'
// Contracts
export { ContainerStatus } from './types.ts'
export type {
  CallOptions,
  Clock,
  CommandResult,
  ContainerConfig,
  ContainerID,
  ContainerMetrics,
  ContainerVersion,
  ContainerView,
  ErrorCallback,
  Execution,
  FunctionName,
  FunctionProfile,
  FunctionSignature,
  HealthStatus,
  HostFunctions,
  IsolationPolicy,
  MemoryUsage,
  ParameterInfo,
  SeededRandom,
  SerializableValue,
  StateCallback,
  StateStore,
  SteppedClock,
  TypeInfo,
  Unsubscribe,
  WASMRuntime,
} from './types.ts'
