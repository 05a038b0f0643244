import { expectTypeOf, test } from 'vitest'
import type * as compile from '../src/compile/index.ts'
import type * as core from '../src/index.ts'
import type * as registry from '../src/registry/index.ts'

// The declarations of the seed, as they stand there: what is written for them must compile with the package.
interface ContainerManagerConfig {
  registry?: string
  maxContainers?: number
  defaultRuntime?: WASMRuntime
  cacheSize?: number
  debugMode?: boolean
  enableMetrics?: boolean
  networkTimeout?: number
}

interface ContainerConfig {
  maxMemory?: number
  maxCpuTime?: number
  allowedImports?: string[]
  persistentData?: boolean
  networkAccess?: boolean
  isolation?: IsolationPolicy
  runtime?: WASMRuntime
  environment?: Record<string, string>
}

interface IsolationPolicy {
  memoryIsolation: boolean
  fileSystemAccess: boolean
  crossContainerComm: boolean
  syscallFilter?: string[]
  capabilities?: string[]
}

interface MemoryUsage {
  used: number
  allocated: number
  peak: number
  limit: number
}

interface ContainerMetrics {
  cpuUsage: number
  memoryUsage: MemoryUsage
  uptime: number
  callCount: number
  errorCount: number
  lastActivity: Date
}

interface PerformanceConfig {
  enableProfiling?: boolean
  collectMetrics?: boolean
  gcThreshold?: number
  memoryPoolSize?: number
  workerThreads?: number
}

interface CompileOptions {
  target?: 'wasm32-wasi' | 'wasm32-unknown'
  optimization?: 'none' | 'size' | 'speed'
  debug?: boolean
  imports?: Record<string, unknown>
}

interface TypeInfo {
  type: 'string' | 'number' | 'boolean' | 'object' | 'array'
  itemType?: TypeInfo
  properties?: Record<string, TypeInfo>
}

interface ParameterInfo {
  name: string
  type: TypeInfo
  optional?: boolean
  default?: unknown
}

interface FunctionSignature {
  name: string
  parameters: ParameterInfo[]
  returnType: TypeInfo
  description?: string
}

interface ContainerMetadata {
  name: string
  version: string
  description?: string
  author?: string
  license?: string
  repository?: string
  keywords?: string[]
  size: number
  hash: string
  createdAt: Date
  updatedAt: Date
  dependencies?: string[]
  exports?: FunctionSignature[]
}

interface ContainerEvents {
  'container:start': { containerId: string }
  'container:stop': { containerId: string }
  'container:error': { containerId: string; error: Error }
  'state:change': { containerId: string; state: unknown }
  'function:call': { containerId: string; functionName: string; args: unknown }
  'memory:warning': { containerId: string; usage: MemoryUsage }
  'cpu:threshold': { containerId: string; usage: number }
}

type WASMRuntime = 'wasmtime' | 'wasmedge' | 'wasmer' | 'browser' | 'nodejs'
type StateCallback = (state: unknown) => void
type Unsubscribe = () => void

interface ContainerManager {
  run(name: string, config?: ContainerConfig): Promise<core.ContainerInstance>
  stop(containerId: string): Promise<void>
  list(): core.ContainerInstance[]
  subscribe(containerId: string, callback: StateCallback): Unsubscribe
  cleanup(): Promise<void>
}

interface ContainerInstance {
  readonly id: string
  readonly name: string
  readonly version: string
  readonly status: 'starting' | 'running' | 'paused' | 'stopping' | 'stopped' | 'error'
  readonly metrics: ContainerMetrics
  call<T>(functionName: string, args?: unknown): Promise<T>
  updateState(state: unknown): Promise<void>
  subscribe(callback: StateCallback): Unsubscribe
  getMemoryUsage(): MemoryUsage
  stop(): Promise<void>
  healthCheck(): Promise<core.HealthStatus>
}

interface EventBus {
  emit(event: string, data: unknown): void
  on(event: string, callback: (data: unknown) => void): Unsubscribe
  once(event: string, callback: (data: unknown) => void): void
  off(event: string, callback: (data: unknown) => void): void
  removeAllListeners(event?: string): void
}

test('what the seed lets a caller give is taken', () => {
  expectTypeOf<ContainerManagerConfig>().toExtend<core.ContainerManagerConfig>()
  expectTypeOf<ContainerConfig>().toExtend<core.ContainerConfig>()
  expectTypeOf<IsolationPolicy>().toEqualTypeOf<core.IsolationPolicy>()
  expectTypeOf<CompileOptions>().toExtend<compile.CompileOptions>()
  expectTypeOf<PerformanceConfig>().toEqualTypeOf<core.PerformanceConfig>()
  expectTypeOf<WASMRuntime>().toEqualTypeOf<core.WASMRuntime>()
})

test('what the seed promises is given', () => {
  expectTypeOf<core.ContainerManager>().toExtend<ContainerManager>()
  expectTypeOf<core.ContainerInstance>().toExtend<ContainerInstance>()
  expectTypeOf<core.EventBus>().toExtend<EventBus>()
  expectTypeOf<core.ContainerMetrics>().toExtend<ContainerMetrics>()
  expectTypeOf<ContainerMetrics>().toExtend<core.ContainerMetrics>()
  expectTypeOf<core.MemoryUsage>().toEqualTypeOf<MemoryUsage>()
  expectTypeOf<core.ContainerEvents>().toExtend<ContainerEvents>()
  expectTypeOf<registry.ContainerMetadata>().toExtend<ContainerMetadata>()
  expectTypeOf<core.FunctionSignature>().toExtend<FunctionSignature>()
  expectTypeOf<registry.FunctionSignature>().toEqualTypeOf<core.FunctionSignature>()
})

test('functions of the seed take and give what it says', () => {
  expectTypeOf<typeof core.createContainer>().toExtend<
    (name: string, config?: ContainerConfig) => Promise<core.ContainerInstance>
  >()
  expectTypeOf<typeof compile.compileWASM>().toExtend<
    (source: string, options?: CompileOptions) => Promise<WebAssembly.Module>
  >()
  expectTypeOf<typeof core.validateContainer>().toExtend<
    (container: registry.ContainerData) => Promise<core.ValidationResult>
  >()
})

test('listeners of a bus without types take anything, as in the seed', () => {
  expectTypeOf<Parameters<core.EventCallback>[0]>().toBeAny()
  type Events = core.EventBus extends core.EventBus<infer Given> ? Given : never
  expectTypeOf<Events[string]>().toBeAny()
})

test('errors of the seed are made and read as it says', () => {
  expectTypeOf<core.ContainerError>().toExtend<
    Error & { readonly code: string; readonly containerId?: string; readonly details?: unknown }
  >()
  type Made = ConstructorParameters<typeof core.ContainerError>
  expectTypeOf<[string, string, unknown]>().toExtend<Made>()
  expectTypeOf<core.ContainerError['details']>().toBeAny()
  type Kinds =
    | core.ContainerNotFoundError
    | core.ContainerStartupError
    | core.ContainerMemoryError
    | core.ContainerTimeoutError
    | core.ContainerSecurityError
    | core.RegistryError
    | core.CompilationError
  expectTypeOf<Kinds>().toExtend<core.ContainerError>()
})
