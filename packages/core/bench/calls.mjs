// Measures what a call costs: node bench/calls.mjs [seconds for each row]. Builds nothing: it takes dist/. Asserts nothing.
//
// A raw call is `instance.exports.add(1, 2)` on the same bytes without limits. It is shown as it is, which the engine inlines into the loop, and
// with an `await` around it, as everything that gives a promise is awaited: an await alone costs about ten such calls. A bound function is measured
// where one is called, where any of five is, and in a loop that many functions were called in: there the engine knows nothing of it.
import { readFileSync } from 'node:fs'
import { ContainerManager, meterModule } from '../dist/index.js'
import { atMost, note, noteRatio } from './report/goals.mjs'

const seconds = Number(process.argv[2] ?? 1)
const fixtures = new URL('../test/fixtures/containers/', import.meta.url)
const read = (name) => new Uint8Array(readFileSync(new URL(name, fixtures)))
const native = read('native.wasm')
const imports = new Proxy({}, { get: () => new Proxy({}, { get: () => () => 0 }) })
const instantiate = (bytes) => new WebAssembly.Instance(new WebAssembly.Module(bytes), imports)

async function time(run, count) {
  const before = performance.now()
  await run(count)
  return performance.now() - before
}

/** Microseconds of one call for each side: the fastest of many short rounds, in turns, so that what else the machine does counts little. */
async function measure(sides) {
  const rounds = new Map(Object.keys(sides).map((name) => [name, []]))
  const counts = new Map()
  for (const [name, run] of Object.entries(sides)) {
    let count = 64
    for (let took = 0; took < 2; count *= 2) took = await time(run, count)
    counts.set(name, count / 2)
  }
  const end = performance.now() + seconds * 1000 * rounds.size
  do {
    for (const [name, run] of Object.entries(sides))
      rounds.get(name).push(((await time(run, counts.get(name))) / counts.get(name)) * 1000)
  } while (performance.now() < end)
  return new Map([...rounds].map(([name, times]) => [name, Math.min(...times)]))
}

function print(name, us, ...beside) {
  const ratios = beside.map((base) => `${(us / base).toFixed(2)}x`.padStart(9))
  console.log([name.padEnd(50), `${us.toFixed(4).padStart(9)} us`, ...ratios].join(' '))
}

async function awaiting(count, call) {
  let sum = 0
  for (let n = 0; n < count; n += 1) sum += await call(n)
  return sum
}

const manager = new ContainerManager({ maxContainers: 100 })
const container = await manager.run(native)
const free = await manager.run(native, { maxCpuTime: Infinity })
const several = await Promise.all(Array.from({ length: 5 }, () => manager.run(native)))
const quiet = new ContainerManager({ enableMetrics: false })
const unobserved = await quiet.run(native)
const bound = container.bindSync('add')
const boundOf = several.map((one) => one.bindSync('add'))
const boundFree = free.bindSync('add')
const raw = instantiate(native).exports
const metered = instantiate(meterModule(native, { fuel: 1n << 60n })).exports

/** Which function it is, the engine knows only when it runs: as where any of several modules is called. */
function calledAs(variable, count) {
  let sum = 0
  for (let n = 0; n < count; n += 1) sum += variable(n, 1)
  return sum
}
for (const { add } of Array.from({ length: 8 }, () => instantiate(native).exports))
  calledAs(add, 10_000)

const numeric = await measure({
  raw: (count) => {
    let sum = 0
    for (let n = 0; n < count; n += 1) sum += raw.add(n, 1)
    return sum
  },
  'raw, of any of several instances': (count) => calledAs(raw.add, count),
  'container.callSync': (count) => {
    let sum = 0
    for (let n = 0; n < count; n += 1) sum += container.callSync('add', [n, 1])
    return sum
  },
  'container.callSync, of one of five containers': (count) => {
    let sum = 0
    for (let n = 0; n < count; n += 1) sum += several[n % 5].callSync('add', [n, 1])
    return sum
  },
  'bound function': (count) => {
    let sum = 0
    for (let n = 0; n < count; n += 1) sum += bound(n, 1)
    return sum
  },
  'bound function, of one of five containers': (count) => {
    let sum = 0
    for (let n = 0; n < count; n += 1) sum += boundOf[n % 5](n, 1)
    return sum
  },
  'bound function, wherever it is called': (count) => calledAs(bound, count),
  'bound function, without limits': (count) => calledAs(boundFree, count),
  'raw, awaited': (count) => awaiting(count, (n) => raw.add(n, 1)),
  'metered, awaited': (count) => awaiting(count, (n) => metered.add(n, 1)),
  'container.call, awaited': (count) => awaiting(count, (n) => container.call('add', [n, 1])),
  'container.call, without limits': (count) => awaiting(count, (n) => free.call('add', [n, 1])),
  'container.call, without metrics': (count) =>
    awaiting(count, (n) => unobserved.call('add', [n, 1])),
  'container.call, of one of five containers': (count) =>
    awaiting(count, (n) => several[n % 5].call('add', [n, 1])),
  'container.call, pipelined: the last is awaited': (count) => {
    let last
    for (let n = 0; n < count; n += 1) last = container.call('add', [n, 1])
    return last
  },
})
console.log('add(n, 1) of native.wasm; ratios to the raw call as it is, and awaited')
const [raw1, raw2] = [numeric.get('raw'), numeric.get('raw, awaited')]
for (const [name, us] of numeric) print(name, us, raw1, raw2)
const raw3 = numeric.get('raw, of any of several instances')
for (const name of [
  'bound function',
  'bound function, of one of five containers',
  'bound function, wherever it is called',
  'container.callSync',
  'container.callSync, of one of five containers',
]) {
  noteRatio(
    `${name}, beside a raw call that the engine inlines`,
    numeric.get(name) / raw1,
    atMost(6),
  )
  noteRatio(`${name}, beside one that it does not inline`, numeric.get(name) / raw3, atMost(6))
}
const call = numeric.get('container.call, awaited')
noteRatio('in-thread call, beside a raw call that is awaited too', call / raw2, atMost(6))
noteRatio('in-thread call, awaited, beside a raw call that is not', call / raw1, atMost(6))
const pipelined = numeric.get('container.call, pipelined: the last is awaited')
noteRatio('in-thread calls, pipelined, beside raw calls', pipelined / raw1, atMost(6))
const unlimited = numeric.get('container.call, without limits')
noteRatio('in-thread call, awaited: without limits, beside one with', unlimited / call, atMost(1.1))

const value = { id: 1, name: 'a name', tags: ['a', 'b'] }
const encoder = new TextEncoder()
const decoder = new TextDecoder()
/** What a page would write by hand for the same bytes and the same values. */
function echoByHand() {
  const input = encoder.encode(JSON.stringify([value]))
  const at = raw.gsp_alloc(input.length)
  new Uint8Array(raw.memory.buffer).set(input, at)
  const packed = raw.echo(at, input.length)
  const [from, length] = [Number(packed >> 32n), Number(packed & 0xffff_ffffn)]
  const result = JSON.parse(decoder.decode(new Uint8Array(raw.memory.buffer, from, length)))
  raw.gsp_free(from, length)
  return result.length
}
const json = await measure({
  'by hand, awaited': (count) => awaiting(count, async () => echoByHand()),
  'container.call, awaited': (count) =>
    awaiting(count, async () => (await container.call('echo', value)).length),
})
console.log('\necho of a small object as JSON in linear memory; ratios to the same by hand')
for (const [name, us] of json) print(name, us, json.get('by hand, awaited'))

console.log('\n200,000 calls, one after the other')
const isText = (result) => result === 'text'
for (const {
  what,
  bytes,
  call: [name, argument],
  check,
} of [
  { what: 'numeric export', bytes: native, call: ['add', [1, 2]], check: (sum) => sum === 3 },
  { what: 'native ABI', bytes: native, call: ['echo', value], check: ([one]) => one.id === 1 },
  { what: 'Extism plugin in C', bytes: read('echo.wasm'), call: ['echo', 'text'], check: isText },
  {
    what: 'Extism plugin, as-pdk',
    bytes: read('plugin.wasm'),
    call: ['echo', 'text'],
    check: isText,
  },
]) {
  const one = await manager.run(bytes)
  const before = performance.now()
  let failed = 0
  for (let n = 0; n < 200_000; n += 1) if (!check(await one.call(name, argument))) failed += 1
  const us = ((performance.now() - before) * 1000) / 200_000
  const memory = (one.getMemoryUsage().allocated / 2 ** 20).toFixed(1)
  note({
    line: `200,000 calls, ${what}`,
    figure: `${failed} failed`,
    goal: 'none fails',
    isMet: failed === 0,
  })
  console.log(`${what.padEnd(50)} ${us.toFixed(3).padStart(9)} us ${failed} failed, ${memory} MiB`)
  await one.stop()
}
await manager.cleanup()
await quiet.cleanup()
