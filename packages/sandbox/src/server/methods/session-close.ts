import type { Methods } from '../../protocol/methods.ts'
import type { CallContext } from '../dispatch.ts'

type Close = Methods['session.close']

export const closeSession = async (
  { sessionId }: Close['params'],
  context: CallContext,
): Promise<Close['result']> => {
  await context.sessions.find(sessionId, context.principal).close('closed')
  return { sessionId, closed: true }
}
