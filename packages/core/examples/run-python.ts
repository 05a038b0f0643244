import { createInterpreters } from '@gaesup-state/core/interpreters'

const engine = createInterpreters()
const session = await engine.create({
  sessionId: 'demo',
  language: 'python',
  memoryLimitBytes: 128 * 2 ** 20,
  diskLimitBytes: 16 * 2 ** 20,
  inodeLimit: 1000,
})
const limits = { timeoutMs: 2000, cpuMs: 2000, maxOutputBytes: 2 ** 20 }
const run = (code: string) =>
  session.exec(
    { argv: ['python3', '-c', code], cwd: '/workspace', env: {} },
    {
      ...limits,
      signal: new AbortController().signal,
      onOutput: (_stream, bytes) => void process.stdout.write(bytes),
    },
  )

console.log(await run('print(sum(range(10)))')) // 45, exitCode: 0
console.log((await run('while True: pass')).limit) // 'time'; the session goes on
await engine.close()
