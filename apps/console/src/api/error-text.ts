/** Code and message of anything that was thrown; errors of ours carry a code. */
export interface ErrorText {
  readonly code: string
  readonly message: string
}

export function toErrorText(error: unknown): ErrorText {
  if (error instanceof Error) {
    const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name
    return { code, message: error.message }
  }
  return { code: 'UNKNOWN', message: String(error) }
}

/** Code and message in one sentence, with what the code means where the message is of another language. */
export function errorSentence(
  error: unknown,
  wordsOf: (code: string) => string | undefined,
): string {
  const { code, message } = toErrorText(error)
  const words = wordsOf(code)
  return words === undefined ? message : `${words} ${message}`
}

/** The field that a validation error is about, or undefined. */
function errorField(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('details' in error)) return undefined
  const { details } = error
  if (typeof details !== 'object' || details === null || !('field' in details)) return undefined
  return typeof details.field === 'string' ? details.field : undefined
}

/** What is wrong with one field, in the words of the server; undefined when the error is about something else. */
export function fieldProblem(
  error: unknown,
  field: string,
  wordsOf: (code: string) => string | undefined,
): string | undefined {
  return errorField(error) === field ? errorSentence(error, wordsOf) : undefined
}

/** True when no answer came at all. */
export function isUnreachable(error: unknown): boolean {
  return toErrorText(error).code === 'NETWORK_ERROR'
}
