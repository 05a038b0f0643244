import { kill } from 'node:process'
import { describe, expect, it, onTestFinished } from 'vitest'
import { dockerSource } from '../../src/docker/index.ts'
import { FlightRecorder, ResourceMonitor, Tracker, workspacesOf } from '../../src/index.ts'
import { docker, engineAbsent, image, socketPath, uniqueName } from '../docker/engine.ts'
import { eventually } from '../stats.ts'

describe.skipIf(engineAbsent !== '')('a flight recorder on a real Docker engine', () => {
  const setUp = async () => {
    const source = dockerSource({ host: `unix://${socketPath}` })
    const monitor = new ResourceMonitor(source, { collectIntervalMs: 200 })
    const tracker = new Tracker(workspacesOf(source), source, { monitor })
    const recorder = new FlightRecorder()
    recorder.attach(tracker)
    const measured = new Set<string>()
    monitor.onSample({ onSample: ({ workspaceId }) => void measured.add(workspaceId) })
    monitor.start()
    await tracker.start()
    onTestFinished(async () => {
      await tracker.stop()
      monitor.stop()
      source.close?.()
    })
    const run = async (purpose: string, script: string): Promise<string> => {
      const name = uniqueName(purpose)
      onTestFinished(async () => void (await docker('rm', '-f', name)))
      const limits = ['-m', '32m', '--memory-swap', '32m', '--tmpfs', '/t:rw,size=128m']
      await docker('run', '-d', '--init', ...limits, '--name', name, image, 'sh', '-c', script)
      return name
    }
    const recordOf = (name: string) =>
      recorder.records.find(({ workspaceId }) => workspaceId === name)
    return { measured, run, recordOf }
  }

  it('says out of memory, the exit code, and who was killed from outside; and nothing of who was stopped', async () => {
    const { measured, run, recordOf } = await setUp()
    // What is to end by itself waits until it was measured, however long that takes.
    const told = 'until [ -e /t/end ]; do sleep 0.1; done'
    const greedy = await run('oom', `${told}; exec head -c 100m /dev/zero > /t/x`)
    const failing = await run('exit', `${told}; exit 42`)
    const victim = await run('killed', 'sleep 60')
    const stopped = await run('stopped', 'sleep 60')
    const all = [greedy, failing, victim, stopped]
    await eventually('all are measured', () => all.every((name) => measured.has(name)))
    for (const name of [greedy, failing]) await docker('exec', name, 'touch', '/t/end')
    kill(Number(await docker('inspect', '-f', '{{.State.Pid}}', victim)), 'SIGKILL')
    await docker('stop', '-t', '5', stopped)
    const dead = all.slice(0, 3)
    await eventually('three are recorded', () => dead.every((name) => recordOf(name)), 20_000)
    expect(recordOf(greedy)).toMatchObject({ cause: 'out_of_memory', exitCode: 137 })
    expect(recordOf(failing)).toMatchObject({ cause: 'crashed', exitCode: 42 })
    expect(recordOf(victim)).toMatchObject({ cause: 'killed', exitCode: 137 })
    expect(recordOf(victim)?.why).toContain('signal 9')
    for (const name of dead) expect(recordOf(name)?.samples.length).toBeGreaterThan(0)
    expect(recordOf(stopped)).toBeUndefined()
  })
})
