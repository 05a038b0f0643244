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
export { limitMemory } from './binary/limit-memory.ts'
