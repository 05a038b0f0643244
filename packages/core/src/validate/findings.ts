import type {
  ValidationError,
  ValidationErrorCode,
  ValidationResult,
  ValidationWarning,
  ValidationWarningCode,
} from './types.ts'

/** Most findings of a kind: a hostile container may have a hundred thousand of them. */
const most = 1000

/** Collects what the checks find. */
export class Findings {
  readonly #errors: ValidationError[] = []
  readonly #warnings: ValidationWarning[] = []

  error(code: ValidationErrorCode, path: string, message: string): void {
    // Two readers of the module may stumble over the same thing.
    const isKnown = this.#errors.some((one) => one.message === message && one.path === path)
    if (this.#errors.length < most && !isKnown) this.#errors.push({ code, path, message })
  }

  warn(code: ValidationWarningCode, path: string, message: string): void {
    if (this.#warnings.length < most) this.#warnings.push({ code, path, message })
  }

  result(): ValidationResult {
    return { valid: this.#errors.length === 0, errors: this.#errors, warnings: this.#warnings }
  }
}
