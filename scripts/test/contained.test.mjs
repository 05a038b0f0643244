import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { membersOf } from '../processes.mjs'

const contained = fileURLToPath(new URL('../contained.mjs', import.meta.url))

const start = (graceMs, ...args) =>
  spawn(process.execPath, [contained, ...args], {
    stdio: 'pipe',
    env: { ...process.env, CONTAINED_GRACE_MS: String(graceMs) },
  })

const run = (...args) => runFor(20_000, ...args)

async function runFor(graceMs, ...args) {
  const child = start(graceMs, ...args)
  onTestFinished(() => void child.kill('SIGTERM'))
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text) => (output += text))
  const [code] = await once(child, 'close')
  return { code, output }
}

describe.skipIf(process.platform === 'win32')('a command in a group of its own', () => {
  it('gives its output and its exit code', async () => {
    expect(await run('sh', '-c', 'echo out; echo err >&2; exit 3')).toEqual({
      code: 3,
      output: expect.stringMatching(/^(out\nerr|err\nout)\n$/u),
    })
    expect((await run('true')).code).toBe(0)
    expect((await run('sh', '-c', 'kill -9 $$')).code).toBe(1)
    expect((await run('/no/such/command')).code).toBe(127)
  })

  it('fails when it leaves a process behind, which is named and ended', async () => {
    const { code, output } = await runFor(500, 'sh', '-c', 'sleep 7001 & echo group $$')
    expect(code).toBe(1)
    expect(output).toMatch(/^group \d+\n[^]*left running: \d+ sleep 7001\n$/u)
    expect(membersOf(Number(/group (\d+)/u.exec(output)?.[1]))).toEqual([])
  })

  it('waits for what is on its way out', async () => {
    expect((await run('sh', '-c', '(sleep 1; echo last) & true')).output).toBe('last\n')
  })

  it('passes the signal that ends it to the whole group', async () => {
    const child = start(20_000, 'sh', '-c', 'sleep 7002 & echo $$; wait')
    onTestFinished(() => void child.kill('SIGTERM'))
    const [group] = await once(child.stdout.setEncoding('utf8'), 'data')
    const commands = () => membersOf(Number(group)).map(({ command }) => command)
    // The shell is forked first, and becomes the other program a moment later.
    await expect.poll(commands).toContain('sleep 7002')
    child.kill('SIGTERM')
    await once(child, 'close')
    expect(commands()).toEqual([])
  })
})
