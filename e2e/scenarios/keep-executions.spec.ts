import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from '@playwright/test'
import { connect, type BareClient } from '../support/bare-client.ts'
import { newDataDir, removeDataDir, startDaemon } from '../support/daemon.ts'
import { again, killInTheMiddle } from '../support/killing.ts'

const rounds = 3
test.describe.configure({ timeout: 240_000 })

let dataDir: string
test.beforeEach(async () => {
  dataDir = await newDataDir()
})
test.afterEach(() => removeDataDir(dataDir))

const untilEnded = async (
  client: BareClient,
  executionId: string,
): Promise<Record<string, unknown>> => {
  for (;;) {
    const { result } = await client.call('execution.status', { executionId })
    if (result !== undefined && ['completed', 'failed'].includes(String(result['status'])))
      return result
    await sleep(20)
  }
}

test('KEEP-2 every program that execution.run accepted has its end told after kill -9, or its loss', async () => {
  const accepted = new Set<string>()
  const printed = new Map<string, string>()
  for (let round = 0; round < rounds; round += 1) {
    await killInTheMiddle(dataDir, async (target) => {
      const client = await connect(target.daemon.sandboxUrl)
      const worker = (name: number): Promise<void> =>
        again(target, async (count) => {
          const text = `${round}-${name}-${count}`
          const code = `console.log(${JSON.stringify(text)})`
          const run = await target.alive(
            client.call('execution.run', { language: 'javascript', code }),
          )
          const executionId = run?.result?.['executionId']
          if (typeof executionId !== 'string') return
          accepted.add(executionId)
          // Every third one is left to itself.
          if (count % 3 === 0) return
          const ended = await target.alive(untilEnded(client, executionId))
          if (ended?.['status'] === 'completed') printed.set(executionId, `${text}\n`)
        })
      await Promise.all([worker(1), worker(2)])
    })
    const daemon = await startDaemon({ dataDir })
    const client = await connect(daemon.sandboxUrl)
    for (const executionId of [...accepted].slice(-90)) {
      const { result } = await client.call('execution.status', { executionId })
      const output = printed.get(executionId)
      if (output !== undefined) expect(result).toMatchObject({ stdout: output, exitCode: 0 })
      else if (result?.['status'] !== 'completed')
        expect(result).toMatchObject({ status: 'failed', error: expect.stringContaining('lost') })
    }
    expect((await client.call('session.list', {})).result?.['count']).toBe(0)
    client.close()
    await daemon.stop()
  }
  expect(printed.size).toBeGreaterThan(3)
})
