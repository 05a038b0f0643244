// Measures containers in workers beside what a worker costs by itself: node bench/worker.mjs [seconds for each row]. Builds nothing: it takes
// dist/. Prints medians, ratios and goals; asserts nothing.
import { spawn as spawnProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import { ContainerManager } from '../dist/index.js'
import { note } from './report/goals.mjs'

const seconds = Number(process.argv[2] ?? 2)
const bytes = new Uint8Array(
  readFileSync(new URL('../test/fixtures/containers/native.wasm', import.meta.url)),
)
const inWorker = { runtime: 'nodejs', execution: 'worker' }
const echo = `
  const { parentPort } = require('node:worker_threads')
  parentPort.on('message', (message) => parentPort.postMessage(message))`

const median = (times) => times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)]

/** Sides take turns, so noise meets all. Gives microseconds of each. */
async function measure(sides) {
  const times = new Map(Object.keys(sides).map((name) => [name, []]))
  for (const run of Object.values(sides)) for (let n = 0; n < 200; n += 1) await run()
  const end = performance.now() + seconds * 1000
  do {
    for (const [name, run] of Object.entries(sides)) {
      const before = performance.now()
      for (let n = 0; n < 50; n += 1) await run()
      times.get(name).push(((performance.now() - before) * 1000) / 50)
    }
  } while (performance.now() < end)
  return Object.fromEntries([...times].map(([name, all]) => [name, median(all)]))
}

async function spawn() {
  const before = performance.now()
  const worker = new Worker(echo, { eval: true })
  await new Promise((resolve) => {
    worker.once('message', resolve)
    worker.postMessage(0)
  })
  const took = (performance.now() - before) * 1000
  await worker.terminate()
  return took
}

/** The stop is not measured: nobody waits for it. */
async function startTimes(config, use) {
  const times = []
  const end = performance.now() + seconds * 1000
  while (performance.now() < end || times.length < 100) {
    const before = performance.now()
    const one = await manager.run(bytes, config)
    await use(one)
    times.push((performance.now() - before) * 1000)
    await one.stop()
  }
  return median(times)
}

function ask(worker, message) {
  return new Promise((resolve) => {
    worker.once('message', resolve)
    worker.postMessage(message)
  })
}

/** Looking for what comes takes a core that another may want: no call may be slower for it. */
async function besideBusyLoops(count) {
  const loops = Array.from({ length: count }, () =>
    spawnProcess(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' }),
  )
  try {
    const times = await measure({
      'raw postMessage there and back': () => ask(floor, message),
      'numeric call in a worker': () => container.call('add', [1, 2]),
    })
    console.log(`\nCalls beside ${count} loops without end`)
    const raw = times['raw postMessage there and back']
    for (const [name, us] of Object.entries(times))
      report(name, us, `${(us / raw).toFixed(2)}× raw`)
  } finally {
    for (const loop of loops) loop.kill('SIGKILL')
  }
}

/** Milliseconds of CPU time that so many containers in workers take in a second, a second after their last call. */
async function atRest(count) {
  const many = new ContainerManager({ maxContainers: count, workerThreads: count })
  const all = await Promise.all(Array.from({ length: count }, () => many.run(bytes, inWorker)))
  for (const one of all) for (let n = 0; n < 100; n += 1) await one.call('add', [1, 2])
  const pause = () => new Promise((resolve) => setTimeout(resolve, 1000))
  await pause()
  const before = process.cpuUsage()
  await pause()
  const { user, system } = process.cpuUsage(before)
  await many.cleanup()
  return (user + system) / 1000
}

const report = (name, us, note = '') =>
  console.log(`${name.padEnd(46)} ${us.toFixed(1).padStart(10)} µs  ${note}`)

const manager = new ContainerManager({ maxContainers: 100 })
const inThread = await manager.run(bytes)
const container = await manager.run(bytes, inWorker)
const floor = new Worker(echo, { eval: true })
const message = { kind: 'call', id: 1, name: 'add', args: { list: [1, 2], isPositional: true } }
const item = { items: Array.from({ length: 32 }, (_, id) => ({ id, name: `name ${id}` })) }

const calls = await measure({
  'raw postMessage there and back': () => ask(floor, message),
  'numeric call in a worker': () => container.call('add', [1, 2]),
  'JSON call, no arguments, state read': () => container.call('increment'),
  'JSON call of 1 kB': () => container.call('echo', item),
  'raw postMessage of 1 kB': () => ask(floor, item),
  'numeric call in this thread': () => inThread.call('add', [1, 2]),
})
const raw = calls['raw postMessage there and back']
console.log('Calls')
for (const [name, us] of Object.entries(calls)) report(name, us, `${(us / raw).toFixed(2)}× raw`)

await besideBusyLoops(2)

const batch = 100
const pipelined = await measure({
  pipelined: () => Promise.all(Array.from({ length: batch }, () => container.call('add', [1, 2]))),
})
report(`numeric call, ${batch} waiting at once`, pipelined.pipelined / batch)

const spawns = []
for (let n = 0; n < 15; n += 1) spawns.push(await spawn())
const spawned = median(spawns)
const starts = {
  'start in this thread': await startTimes({}, () => undefined),
  'start, warm worker': await startTimes(inWorker, () => undefined),
  'start and first call, warm worker': await startTimes(inWorker, (one) => one.call('add', [1, 2])),
}
console.log('\nStarts')
report('new Worker, until it answers', spawned)
for (const [name, us] of Object.entries(starts)) {
  const share = `1/${(spawned / us).toFixed(0)} of a spawn`
  const isMet = spawned / us > 100
  note({ line: name, figure: share, goal: '< 1/100 of a spawn', isMet })
  report(name, us, `${share}, goal under 1/100 ${isMet ? 'met' : 'MISSED'}`)
}

console.log(
  `\n50 containers in workers at rest: ${(await atRest(50)).toFixed(1)} ms of CPU time in a second`,
)

await Promise.all([floor.terminate(), inThread.stop(), container.stop()])
await manager.cleanup()
