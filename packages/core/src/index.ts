// Containers
export {
  ContainerInstance,
  ContainerManager,
  ContainerStatus,
  createContainer,
} from './containers/index.ts'
export type {
  CallOptions,
  Clock,
  CommandResult,
  ContainerConfig,
  ContainerID,
  ContainerLease,
  ContainerManagerConfig,
  ContainerMetrics,
  ContainerSnapshot,
  ContainerSource,
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
  PerformanceConfig,
  RegistrySource,
  Resolve,
  RunOptions,
  ScriptSource,
  SeededRandom,
  SerializableValue,
  StartingContainer,
  StateCallback,
  StateStore,
  SteppedClock,
  TypeInfo,
  Unsubscribe,
  WASMRuntime,
} from './containers/index.ts'
// Scripts and components
export type { ScriptCompilerOptions } from './compile/web-compiler.ts'
export type { ComponentOptions } from './abi/component/late-transpiler.ts'
// Modules in registries
export type { ContainerMetadata } from './registry/types.ts'
// Events
export { ContainerEventType, EventBus, LogLevel } from './events/index.ts'
export type {
  ContainerEvent,
  ContainerEvents,
  EventBusOptions,
  EventCallback,
} from './events/index.ts'
// Engines
export type { RuntimeAdapter, RuntimeProbe } from './runtimes/runtime-adapter.ts'
// Errors
export {
  CompilationError,
  ContainerError,
  ContainerMemoryError,
  ContainerNotFoundError,
  ContainerSecurityError,
  ContainerStartupError,
  ContainerTimeoutError,
  RegistryError,
  type ContainerErrorCode,
} from './errors.ts'
// Limits that hold in the bytes
export { createMeter, limitMemory, meterExports, meterModule } from './binary/index.ts'
export type { Meter, MeterOptions, MeterStop } from './binary/index.ts'
// Time of containers
export type { WasiClock } from './wasi/guest.ts'
// Network of containers
export type { NetworkAccess } from './network/types.ts'
// Modules that their own glue runs
export { limitModule } from './abi/limit-module.ts'
export type { LimitedInstance, LimitedModule, ModuleLimits } from './abi/limit-module.ts'
// Containers before they run
export { validateContainer } from './validate/index.ts'
export type {
  ContainerToValidate,
  ValidationError,
  ValidationErrorCode,
  ValidationLimits,
  ValidationResult,
  ValidationWarning,
  ValidationWarningCode,
} from './validate/index.ts'
