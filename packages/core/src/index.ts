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
