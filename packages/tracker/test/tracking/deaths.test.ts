import { describe, expect, it, onTestFinished } from 'vitest'
import { Tracker, workspacesOf } from '../../src/index.ts'
import type { TrackerEvent } from '../../src/index.ts'
import type { ContainerAction } from '../../src/model/ports.ts'
import { FakeSource, ManualClock } from '../../src/testing/index.ts'

type Step = ContainerAction | 'die with an error' | 'half a second' | 'the tracker stops'

/** A tracker of one running container, and what it says after each of these happened. */
const play = async (steps: readonly Step[]) => {
  const source = new FakeSource()
  const clock = new ManualClock()
  source.put('w', 'running')
  const tracker = new Tracker(workspacesOf(source), source, { clock })
  const said: TrackerEvent[] = []
  tracker.on((message) => void (message.type !== 'gap' && said.push(message)))
  await tracker.start()
  onTestFinished(() => tracker.stop())
  const diedAt: number[] = []
  for (const step of steps) {
    if (step === 'half a second') await clock.advance(500)
    else if (step === 'the tracker stops') await tracker.stop()
    else {
      const dies = step === 'die with an error'
      if (dies) diedAt.push(clock.now())
      source.event('w', dies ? 'die' : step, {
        at: clock.now(),
        ...(dies ? { exitCode: 143 } : {}),
      })
      await clock.advance(10)
    }
  }
  const crashes = said.filter((event) => event.type === 'error')
  return { crashes, said, diedAt, tracker }
}

describe('a container that ended with an error', () => {
  it.each<[string, readonly Step[]]>([
    ['after the time in which an engine says that it was asked to', ['half a second']],
    ['at once when it is started again', ['start']],
    ['at once when it is removed', ['destroy']],
    ['at once when the tracker stops', ['the tracker stops']],
  ])('is a crash %s', async (_when, steps) => {
    const { crashes, diedAt } = await play(['die with an error', ...steps])
    expect(crashes).toMatchObject([
      {
        message: 'container w exited with code 143',
        timestamp: diedAt[0],
        data: { code: 'CONTAINER', context: { exit_code: 143 }, occurredAt: diedAt[0] },
      },
    ])
  })

  it.each<[string, readonly Step[]]>([
    ['before its end', ['kill', 'die with an error', 'stop']],
    ['after its end, as a busy engine does', ['die with an error', 'kill']],
    ['after its end, and stopped', ['die with an error', 'kill', 'stop']],
    ['after its end, and restarted', ['die with an error', 'kill', 'stop', 'start', 'restart']],
    ['after its end, and removed', ['die with an error', 'kill', 'destroy']],
  ])('is no crash when the engine says that it was killed %s', async (_when, steps) => {
    const { crashes } = await play([...steps, 'half a second'])
    expect(crashes).toEqual([])
  })

  it('is a crash each time, also after a survived signal and a restart', async () => {
    const { crashes } = await play([
      'kill',
      'die',
      'start',
      'die with an error',
      'start',
      'die with an error',
      'half a second',
    ])
    expect(crashes).toHaveLength(2)
  })

  it('is shown as exited at once, and its next start is its recovery, with the downtime', async () => {
    const { said, tracker } = await play(['die with an error', 'half a second', 'start'])
    const exited = said.filter(({ type }) => type === 'container_update').at(1)
    expect(exited).toMatchObject({ data: { oldState: 'running', newState: 'exited' } })
    expect(said.findIndex((one) => one === exited)).toBeLessThan(
      said.findIndex(({ type }) => type === 'error'),
    )
    expect(said.find(({ type }) => type === 'recovery')?.data).toMatchObject({
      resolvedError: 'container w exited with code 143',
      recoveryMethod: 'container_started',
      downtimeMs: 510,
    })
    expect(tracker.getWorkspaceState('w')?.lastError).toBe('')
  })
})
