/** Code of an `InterpreterError`. */
export type InterpreterErrorCode =
  /** No such language here; the message lists what there is. The caller can fix the name. */
  | 'LANGUAGE_UNAVAILABLE'
  /** A limit is outside of what can be kept. */
  | 'LIMIT_OUT_OF_RANGE'
  /** The files of all open sessions take as much memory as they may; close sessions, or raise the setting that the message names. */
  | 'CAPACITY'
  /** What was changed in the files of a session could not be written to `directory`. Who runs the engine can fix it. */
  | 'STORAGE_FAILED'
  /** The session or the engine was closed. */
  | 'CLOSED'
  /** The locked process could not be started, or died of something other than a limit. */
  | 'CRASHED'

/** The error class of `./interpreters`; tell errors apart by `code`. */
export class InterpreterError extends Error {
  override readonly name = 'InterpreterError'
  readonly code: InterpreterErrorCode

  constructor(code: InterpreterErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
