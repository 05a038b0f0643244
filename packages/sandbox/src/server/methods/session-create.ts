import type { Methods } from '../../protocol/methods.ts'
import type { CallContext } from '../dispatch.ts'

type Create = Methods['session.create']

export const createSession = async (
  params: Create['params'],
  context: CallContext,
): Promise<Create['result']> => {
  const session = await context.sessions.create(params, context.principal)
  const { record, container } = session
  if (context.signal.aborted) {
    // Nobody would ever learn the id of this session.
    await session.close('closed')
    throw context.signal.reason
  }
  return {
    sessionId: record.sessionId,
    containerId: container.containerId,
    language: record.language,
    createdAt: new Date(record.createdAtMs).toISOString(),
    state: 'Active',
    config: {
      idleTimeoutMinutes: record.idleTimeoutMinutes,
      maxLifetimeMinutes: record.maxLifetimeMinutes,
    },
    engine: record.engine,
    runtime: container.runtime,
  }
}
