// Measures sessions and functions of the built package: node bench/interpreters.mjs [rounds]. Prints milliseconds; asserts nothing.
import { createFunctionRunner, createInterpreters } from '../dist/interpreters/index.js'

const rounds = Number(process.argv[2] ?? 20)
const mebibyte = 2 ** 20
const signal = new AbortController().signal
const limits = {
  timeoutMs: 30_000,
  cpuMs: 30_000,
  maxOutputBytes: mebibyte,
  signal,
  onOutput: () => undefined,
}
const session = (engine, n, language) =>
  engine.create({
    sessionId: `bench-${n}`,
    language,
    memoryLimitBytes: 512 * mebibyte,
    diskLimitBytes: 64 * mebibyte,
    inodeLimit: 10_000,
  })
const exec = (one, ...argv) => one.exec({ argv, cwd: '/workspace', env: {} }, limits)
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

async function measure(name, { count = 1, prepare = async () => undefined }, run) {
  const times = []
  for (let n = 0; n < count; n += 1) {
    const given = await prepare(n)
    const before = performance.now()
    await run(given, n)
    times.push(performance.now() - before)
  }
  times.sort((a, b) => a - b)
  const at = (share) =>
    (times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0)
      .toFixed(2)
      .padStart(9)
  console.log(`${name.padEnd(52)} p50 ${at(0.5)}  p95 ${at(0.95)}  n ${count}`)
}

const cold = createInterpreters({ warm: { python: 0 } })
let made = 0
await measure('cold session: process, interpreter, print(1)', { count: 5 }, async () => {
  const one = await session(cold, (made += 1), 'python')
  await exec(one, 'python3', '-c', 'print(1)')
  await one.destroy()
})
await cold.close()

const warm = createInterpreters({ warm: { python: 1 } })
await pause(1500)
await measure(
  'new session on a waiting process, print(1)',
  { count: 5, prepare: () => pause(1500) },
  async () => {
    const one = await session(warm, (made += 1), 'python')
    await exec(one, 'python3', '-c', 'print(1)')
    await one.destroy()
  },
)
const python = await session(warm, (made += 1), 'python')
await exec(python, 'python3', '-c', 'print(1)')
await measure(
  'python3 -c print(1), interpreter waiting',
  { count: rounds, prepare: () => pause(200) },
  () => exec(python, 'python3', '-c', 'print(1)'),
)
await measure('python3 -c print(1), one after the other', { count: rounds }, () =>
  exec(python, 'python3', '-c', 'print(1)'),
)
const javascript = await session(warm, (made += 1), 'javascript')
await exec(javascript, 'node', '-e', '1')
await measure('node -e console.log(1)', { count: rounds }, () =>
  exec(javascript, 'node', '-e', 'console.log(1)'),
)
await exec(javascript, 'sh', '-c', 'true')
await measure('sh -c "echo 1"', { count: rounds }, () => exec(javascript, 'sh', '-c', 'echo 1'))
await measure('write and read a file of 1 KB', { count: rounds }, async () => {
  await javascript.files.writeFile('/workspace/f', new Uint8Array(1024), 'Create')
  await javascript.files.readFile('/workspace/f', 4096)
})
await warm.close()

const runner = createFunctionRunner()
const request = { method: 'POST', path: '/', headers: {}, body: Buffer.from('{"n":1}') }
const call = { timeoutMs: 10_000, signal, onLog: () => undefined }
for (const [runtime, code] of [
  ['python', 'def handler(event): return {"n": event["n"] + 1}'],
  ['javascript', 'export default (event) => ({ n: event.n + 1 })'],
]) {
  await pause(1500)
  const source = { functionId: 'f', revision: '1', runtime, code, environment: {}, memoryMb: 256 }
  let one
  await measure(`${runtime} function: load and first call`, { count: 1 }, async () => {
    one = await runner.start(source, signal)
    await one.invoke(request, call)
  })
  await measure(`${runtime} function: warm call`, { count: rounds * 20 }, () =>
    one.invoke(request, call),
  )
  await one.close()
}
await runner.close()
