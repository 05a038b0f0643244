import { TrackerError } from '../model/errors.ts'
import { numberAt, objectAt, stringAt } from './fields.ts'
import { parseEngineTime } from './parse-stats.ts'

/** What measuring needs to know about a running container. */
export interface RunningContainer {
  readonly id: string
  readonly pid: number
  /** In ms since 1970. */
  readonly startedAt: number
  /** Container id and start time: counters begin again when it changes. */
  readonly identity: string
  /** The container has the host's network, whose traffic is not its own. */
  readonly hostNetwork: boolean
}

/** Reads `GET /containers/{id}/json`. @throws TrackerError `NOT_FOUND` when it does not run. */
export const parseInspect = (body: unknown): RunningContainer => {
  const state = objectAt(body, 'State')
  const id = stringAt(body, 'Id')
  const pid = numberAt(state, 'Pid') ?? 0
  const started = stringAt(state, 'StartedAt')
  if (id === '' || state['Running'] !== true || !Number.isSafeInteger(pid) || pid <= 0) {
    throw new TrackerError('NOT_FOUND', `container ${id.slice(0, 12)} does not run`)
  }
  const hostNetwork = stringAt(objectAt(body, 'HostConfig'), 'NetworkMode') === 'host'
  return {
    id,
    pid,
    startedAt: parseEngineTime(started) ?? 0,
    identity: `${id} ${started}`,
    hostNetwork,
  }
}
