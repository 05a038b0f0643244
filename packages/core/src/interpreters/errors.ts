/** Why the interpreters refuse something. */
export type InterpreterErrorCode =
  /** No such language here; the message lists what there is. The caller can fix the name. */
  | 'LANGUAGE_UNAVAILABLE'
  /** The package that holds the interpreter is not installed; the message has the command that installs it. */
  | 'ENGINE_UNAVAILABLE'
  /** A limit is outside of what can be kept. */
  | 'LIMIT_OUT_OF_RANGE'
  /** The session or the engine was closed. */
  | 'CLOSED'
  /** The locked process could not be started, or died of something that is no limit. */
  | 'CRASHED'
  /** Too many processes are at work, and the caller stopped waiting for one. */
  | 'CAPACITY'

/** Root of what `core/interpreters` throws on purpose. */
export class InterpreterError extends Error {
  override readonly name = 'InterpreterError'
  readonly code: InterpreterErrorCode

  constructor(code: InterpreterErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
