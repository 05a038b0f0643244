// Containers before they run
export { validateContainer } from './validate-container.ts'
export type {
  ContainerToValidate,
  ValidationError,
  ValidationErrorCode,
  ValidationLimits,
  ValidationResult,
  ValidationWarning,
  ValidationWarningCode,
} from './types.ts'
