import { describe, expect, it } from 'vitest'
import type { ContainerAction, ContainerEvent } from '../../src/model/ports.ts'
import type { ContainerInfo, WorkspaceRecord } from '../../src/model/state.ts'
import type { Track } from '../../src/tracking/reduce.ts'
import { observe, reconcile } from '../../src/tracking/reduce.ts'

const record: WorkspaceRecord = { id: 'w', name: 'w', status: 'inactive' }
const archived: WorkspaceRecord = { ...record, status: 'archived' }

const event = (action: ContainerAction, more: Partial<ContainerEvent> = {}): ContainerEvent => ({
  containerId: 'c',
  workspaceId: 'w',
  name: 'c',
  image: 'i',
  action,
  at: 1000,
  ...more,
})

const info = (state: ContainerInfo['state'], id = 'c', createdAt = 1): ContainerInfo => ({
  id,
  name: id,
  workspaceId: 'w',
  image: 'i',
  state,
  createdAt,
})

const play = (
  actions: readonly (ContainerAction | ContainerEvent)[],
  owner = record,
): readonly [Track | undefined, readonly string[]] => {
  let track: Track | undefined
  const types: string[] = []
  for (const step of actions) {
    const [next, drafts] = observe(track, owner, typeof step === 'string' ? event(step) : step)
    track = next
    types.push(...drafts.map(({ type }) => type))
  }
  return [track, types]
}

describe('observe', () => {
  it.each([
    [['create'], 'inactive', 'created'],
    [['create', 'start'], 'active', 'running'],
    [['create', 'start', 'pause'], 'inactive', 'paused'],
    [['create', 'start', 'pause', 'unpause'], 'active', 'running'],
    [['create', 'start', 'kill', 'die'], 'inactive', 'exited'],
    [['create', 'start', 'kill', 'die', 'stop', 'destroy'], 'inactive', ''],
    [['create', 'start', 'kill', 'die', 'start', 'restart'], 'active', 'running'],
    [['create', 'start', 'exec', 'rename', 'health', 'oom'], 'active', 'running'],
  ] as const)(
    '%j leaves the workspace %s with a container that is "%s"',
    (actions, status, containerState) => {
      const [track] = play(actions)
      expect(track?.state).toMatchObject({ status, containerState })
    },
  )

  it('reports running out of memory and failing health', () => {
    const [, types] = play(['create', 'start', 'oom', event('health', { healthy: false })])
    expect(types.filter((type) => type === 'error')).toHaveLength(2)
  })

  it('keeps an archived workspace archived whatever its container does', () => {
    const [track, types] = play(['create', 'start', 'kill', 'die', 'start'], archived)
    expect(track?.state.status).toBe('archived')
    expect(types.filter((type) => type === 'status_changed').length).toBeGreaterThan(0)
  })

  it('follows a container that was recreated under the same name', () => {
    const [track] = play([
      'create',
      'start',
      'kill',
      'die',
      'destroy',
      event('create', { containerId: 'd', at: 2000 }),
      event('start', { containerId: 'd', at: 2001 }),
    ])
    expect(track?.state).toMatchObject({
      containerId: 'd',
      containerState: 'running',
      status: 'active',
    })
  })

  it('prefers a running container to a newer stopped one', () => {
    const [track] = play(['create', 'start', event('create', { containerId: 'newer', at: 2000 })])
    expect(track?.state).toMatchObject({ containerId: 'c', status: 'active' })
  })
})

describe('reconcile', () => {
  const truth = { record, at: 9000, fresher: new Set<string>() }

  it('initialises a workspace with the reason the seed names', () => {
    const [, drafts] = reconcile(undefined, { ...truth, containers: [info('running')] })
    expect(drafts.at(-1)?.data).toMatchObject({
      oldStatus: '',
      newStatus: 'active',
      reason: 'workspace_initialized',
    })
  })

  it('says nothing when the listing agrees', () => {
    const [track] = reconcile(undefined, { ...truth, containers: [info('running')] })
    expect(reconcile(track, { ...truth, containers: [info('running')] })[1]).toEqual([])
  })

  it('repairs what no event announced', () => {
    const [track] = play(['create', 'start'])
    const [next, drafts] = reconcile(track, { ...truth, containers: [info('exited')] })
    expect(next.state.status).toBe('inactive')
    expect(drafts.map(({ type }) => type)).toEqual(['container_update', 'status_changed'])
  })

  it('announces another container in the same state with the reason metrics_updated', () => {
    const [track] = reconcile(undefined, { ...truth, containers: [info('running')] })
    const [next, drafts] = reconcile(track, { ...truth, containers: [info('running', 'd', 2)] })
    expect(next.state.containerId).toBe('d')
    expect(drafts.map(({ type }) => type)).toEqual(['container_update', 'status_changed'])
    expect(drafts.at(-1)?.data).toMatchObject({
      oldStatus: 'active',
      newStatus: 'active',
      reason: 'metrics_updated',
      containerId: 'd',
    })
  })

  it('does not undo an event that came while the listing was under way', () => {
    const [track] = play(['create', 'start'])
    const [next, drafts] = reconcile(track, {
      ...truth,
      containers: [info('created')],
      fresher: new Set(['c']),
    })
    expect(next.state.containerState).toBe('running')
    expect(drafts).toEqual([])
  })

  it('takes over that the host archived or unarchived a workspace', () => {
    const [track] = reconcile(undefined, { ...truth, containers: [info('running')] })
    const [stored, toArchived] = reconcile(track, {
      ...truth,
      record: archived,
      containers: [info('running')],
    })
    expect(toArchived.at(-1)?.data).toMatchObject({ reason: 'status_changed_active_to_archived' })
    const [, back] = reconcile(stored, { ...truth, containers: [info('running')] })
    expect(back.at(-1)?.data).toMatchObject({ reason: 'status_changed_archived_to_active' })
  })
})
