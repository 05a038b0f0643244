// Engines of Node that run outside of the calling thread
export { createProcessRuntime } from './process/process-runtime.ts'
export { createNativeRuntime, type NativeRuntimeOptions } from './native/native-runtime.ts'
export { nativeEngines, type EngineTask, type NativeEngine } from './native/engines.ts'
// Contracts
export type { RuntimeAdapter, RuntimeProbe } from './runtime-adapter.ts'
