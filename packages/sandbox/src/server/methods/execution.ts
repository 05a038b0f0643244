import { SandboxError } from '../../protocol/errors.ts'
import type { Methods } from '../../protocol/methods.ts'
import { findSource, SOURCE_LANGUAGES } from '../../protocol/sources.ts'
import type { CallContext } from '../dispatch.ts'
import { chooseRuntime } from '../languages.ts'

type Run = Methods['execution.run']
type Status = Methods['execution.status']

export const runExecution = async (
  params: Run['params'],
  context: CallContext,
): Promise<Run['result']> => {
  const { runtime } = chooseRuntime(context.engines, params)
  const source = findSource(runtime.language)
  if (!source)
    throw new SandboxError(
      'LANGUAGE_UNAVAILABLE',
      `execution.run knows ${SOURCE_LANGUAGES.join(' and ')}; use session.create for ${runtime.language}.`,
    )
  const { principal, notify, whenWritable } = context
  const request = { params, source, principal, notify, whenWritable }
  return { executionId: await context.executions.run(request), status: 'queued' }
}

export const getExecutionStatus = (
  { executionId }: Status['params'],
  context: CallContext,
): Status['result'] => context.executions.status(executionId, context.principal)
