import type { Methods } from '../../protocol/methods.ts'
import type { CallContext } from '../dispatch.ts'

type Execute = Methods['session.execute']

/** Finds the session and queues the command before it returns, so that requests keep their order. */
export const executeInSession = (
  params: Execute['params'],
  context: CallContext,
): Promise<Execute['result']> => {
  const { sessionId, command } = params
  const streams = command.type === 'execute_shell' && command.stream === true
  return context.sessions.find(sessionId, context.principal).execute({
    command,
    signal: context.signal,
    onOutput: (stream, text) => {
      if (streams) context.notifyOutput(sessionId, stream, text)
    },
    whenWritable: context.whenWritable,
  })
}
