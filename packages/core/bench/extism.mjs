// Measures containers beside Extism's own JavaScript SDK, with the same plugin: node bench/extism.mjs [seconds for each row]. Builds nothing: it
// takes dist/. Prints times, ratios and the goal of each; asserts nothing.
import { readFileSync } from 'node:fs'
import { createPlugin as createPlugin1 } from 'extism-1'
import { createPlugin as createPlugin2 } from 'extism-2'
import { ContainerManager } from '../dist/index.js'
import { atLeast, noteRatio } from './report/goals.mjs'

const seconds = Number(process.argv[2] ?? 3)
const fixtures = new URL('../test/fixtures/', import.meta.url)
const read = (name) => new Uint8Array(readFileSync(new URL(name, fixtures)))
/** The same function, in C and with @extism/as-pdk. */
const plugins = { C: read('containers/echo.wasm'), 'as-pdk': read('containers/plugin.wasm') }
const sdks = { 'Extism 1.0.3': createPlugin1, 'Extism 2.0.0-rc13': createPlugin2 }
/** What Extism leaves running. */
const left = []
const text = JSON.stringify({
  items: Array.from({ length: 32 }, (_, id) => ({ id, name: `name ${id}` })),
})
const manager = new ContainerManager({ maxContainers: 1000 })

/**
 * Microseconds of one call in the fastest round: what else the machine does only adds. Sides take turns. In one thread rounds are shorter than what
 * the system gives a program before it turns to others; with workers they are longer, as each wakes up when its side's turn comes.
 */
async function measure(sides, roundMs) {
  const rounds = new Map(Object.keys(sides).map((name) => [name, []]))
  const counts = new Map()
  for (const [name, run] of Object.entries(sides)) {
    let count = 8
    for (let took = 0; took < roundMs; count *= 2) took = await time(run, count)
    counts.set(name, count / 2)
  }
  const end = performance.now() + seconds * 1000 * rounds.size
  do {
    for (const [name, run] of Object.entries(sides))
      rounds.get(name).push(((await time(run, counts.get(name))) / counts.get(name)) * 1000)
  } while (performance.now() < end)
  return Object.fromEntries([...rounds].map(([name, times]) => [name, Math.min(...times)]))
}

async function time(run, count) {
  const before = performance.now()
  await run(count)
  return performance.now() - before
}

/** `times` has ours first. */
function row(what, times, goal) {
  const [[, ours], ...beside] = Object.entries(times)
  for (const [name, theirs] of beside) {
    const ratio = theirs / ours
    const met = noteRatio(`${what}, beside ${name}`, ratio, goal)
    const cells = [what.padEnd(34), micro(ours), name.padEnd(24), micro(theirs)]
    console.log(`${cells.join('  ')}  ${ratio.toFixed(2).padStart(7)}x  ${met}`)
  }
}

function micro(value) {
  return `${value.toFixed(3).padStart(9)} us`
}

const repeat = (call) => async (count) => {
  for (let n = 0; n < count; n += 1) await call()
}

console.log(
  `Node ${process.version}; ${text.length} characters; ours / beside it / how many times ours`,
)
for (const language of Object.keys(plugins)) await inThread(language)
for (const language of Object.keys(plugins)) await inWorker(language)
await manyCalls()
await Promise.all([manager.cleanup(), ...left.map((close) => close())])

async function inThread(language) {
  const ours = await manager.run(plugins[language])
  const sides = {
    ours: () => ours.call('echo', text),
    'Extism 1.0.3': renewed(createPlugin1, plugins[language]),
    'Extism 2.0.0-rc13': renewed(createPlugin2, plugins[language]),
  }
  for (const [name, side] of Object.entries(sides))
    if ((await side()) !== text) throw new Error(`${name} gave something else.`)
  row(
    `in-thread, echo of 1 KB, ${language}`,
    await measure(mapValues(sides, repeat), 2),
    atLeast(8),
  )
}

async function inWorker(language) {
  const ours = await manager.run(plugins[language], { execution: 'worker' })
  const options = { runInWorker: true }
  const times = await measure(
    mapValues(
      {
        ours: () => ours.call('echo', text),
        'Extism 1.0.3': renewed(createPlugin1, plugins[language], options),
        'Extism 2.0.0-rc13': renewed(createPlugin2, plugins[language], options),
      },
      repeat,
    ),
    20,
  )
  row(`worker, echo of 1 KB, ${language}`, times, atLeast(3))
}

/** Calls of an Extism plugin; another takes its place before its 32,767th block, where it fails. */
function renewed(createPlugin, data, options = {}) {
  let made
  let count = 0
  left.push(async () => made?.close())
  return async () => {
    if (count++ % 10_000 === 0) {
      await made?.close()
      made = await createPlugin({ wasm: [{ data }] }, { useWasi: false, ...options })
    }
    return (await made.call('echo', text)).text()
  }
}

function mapValues(of, change) {
  return Object.fromEntries(Object.entries(of).map(([name, value]) => [name, change(value)]))
}

async function manyCalls() {
  const count = 200_000
  const ours = await manager.run(plugins.C)
  let answered = 0
  for (let n = 0; n < count; n += 1) if ((await ours.call('echo', text)) === text) answered += 1
  console.log(`${count} calls on one container: ${answered} answered`)
  for (const [name, createPlugin] of Object.entries(sdks)) {
    const one = await createPlugin({ wasm: [{ data: plugins.C }] }, { useWasi: false })
    let n = 0
    const failure = await (async () => {
      for (; n < count; n += 1) await one.call('echo', text)
      return 'all answered'
    })().catch((error) => `call ${n + 1} failed: ${String(error)}`)
    console.log(`${count} calls on one plugin of ${name}: ${failure}`)
    await one.close().catch(() => undefined)
  }
}
