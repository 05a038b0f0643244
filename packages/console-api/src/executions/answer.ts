import { ConsoleApiError } from '../errors.ts'
import type { ErrorCode } from '../contract/index.ts'
import type { FunctionFailureCode, FunctionOutcome } from '../ports.ts'
import type { HostOutcome } from '../host/types.ts'

/** How the API names each way in which a function can fail. */
export const CODE_OF_FAILURE: Readonly<Record<FunctionFailureCode, ErrorCode>> = {
  TIMEOUT: 'TIMEOUT',
  MEMORY_LIMIT: 'MEMORY_LIMIT',
  CPU_LIMIT: 'CPU_LIMIT',
  OUTPUT_LIMIT: 'OUTPUT_LIMIT',
  FUNCTION_ERROR: 'EXECUTION_ERROR',
  CANCELLED: 'CANCELLED',
  CRASHED: 'INVOCATION_ERROR',
}

const MESSAGE_OF_FAILURE: Readonly<Record<FunctionFailureCode, string>> = {
  TIMEOUT: 'the function ran longer than its timeout: give it more time or make it faster',
  MEMORY_LIMIT: 'the function used more memory than it has: give it more or make it use less',
  CPU_LIMIT: 'the function used more CPU time than it may',
  OUTPUT_LIMIT: 'the function printed or answered more than it may',
  FUNCTION_ERROR: 'the function failed: its traceback is in the details',
  CANCELLED: 'the call was ended before the function answered',
  CRASHED: 'the function could not be reached, or its instance died: try again',
}

/** The outcome of a call, or the failure that an answer stands for which HTTP cannot carry. */
export function checkAnswer(outcome: HostOutcome, maxResponseBytes: number): HostOutcome {
  if (!outcome.ok) return outcome
  const problem = answerProblem(outcome, maxResponseBytes)
  if (problem === null) return outcome
  const { status: _status, headers: _headers, body: _body, ...measured } = outcome
  return { ...measured, ok: false, unfit: true, ...problem }
}

function answerProblem(
  answer: Extract<FunctionOutcome, { ok: true }>,
  maxResponseBytes: number,
): { code: 'FUNCTION_ERROR' | 'OUTPUT_LIMIT'; message: string } | null {
  if (!Number.isInteger(answer.status) || answer.status < 200 || answer.status > 599) {
    return {
      code: 'FUNCTION_ERROR',
      message: `the function answered with status ${String(answer.status)}; 200 to 599 are possible`,
    }
  }
  if (answer.body.length > maxResponseBytes) {
    return {
      code: 'OUTPUT_LIMIT',
      message: `the answer is ${answer.body.length} bytes; at most ${maxResponseBytes} are possible`,
    }
  }
  const name = Object.keys(answer.headers).find((each) => !isHeader(each, answer.headers[each]))
  if (name === undefined) return null
  return {
    code: 'FUNCTION_ERROR',
    message: `the function answered with the header ${JSON.stringify(name.slice(0, 100))}, whose name or value HTTP does not allow`,
  }
}

function isHeader(name: string, value: string | undefined): boolean {
  try {
    void new Headers([[name, value ?? '']])
    return true
  } catch {
    return false
  }
}

/** A failed execution as the error the API answers with. */
export function toError(
  failure: { code: FunctionFailureCode; message: string; unfit?: true },
  executionId: string,
  durationMs: number,
): ConsoleApiError {
  const isTraceback = failure.code === 'FUNCTION_ERROR' && failure.unfit !== true
  const explanation = isTraceback ? { traceback: failure.message } : { reason: failure.message }
  const details = { executionId, durationMs, ...explanation }
  const headers = { 'x-execution-id': executionId, 'x-duration-ms': String(durationMs) }
  const message = failure.unfit === true ? failure.message : MESSAGE_OF_FAILURE[failure.code]
  return new ConsoleApiError(CODE_OF_FAILURE[failure.code], message, {
    details,
    headers,
  })
}
