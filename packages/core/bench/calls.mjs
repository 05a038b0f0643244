// Measures what a call costs: node bench/calls.mjs [seconds for each row]. Builds nothing: it takes dist/. Asserts nothing.
//
// A raw call is `instance.exports.add(1, 2)` on the same bytes without limits. It is shown as it is, and with an `await` around it, as
// everything that gives a promise must be awaited: the goal compares an awaited `container.call` with that one.
import { readFileSync } from 'node:fs'
import { ContainerManager, meterModule } from '../dist/index.js'

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
    for (let took = 0; took < 4; count *= 2) took = await time(run, count)
    counts.set(name, count / 2)
  }
  const end = performance.now() + seconds * 1000 * rounds.size
  do {
    for (const [name, run] of Object.entries(sides))
      rounds.get(name).push(((await time(run, counts.get(name))) / counts.get(name)) * 1000)
  } while (performance.now() < end)
  return new Map([...rounds].map(([name, times]) => [name, Math.min(...times)]))
}

/** Takes the base of the ratio, and the goal where there is one. */
function print(name, us, { base, goal }) {
  const ratio = base === undefined ? '' : `${(us / base).toFixed(2)}x`
  const met =
    goal === undefined ? '' : us / base <= goal ? `goal ${goal}x met` : `goal ${goal}x MISSED`
  console.log(`${name.padEnd(58)} ${us.toFixed(3).padStart(9)} us ${ratio.padStart(8)}  ${met}`)
}

async function awaiting(count, call) {
  let sum = 0
  for (let n = 0; n < count; n += 1) sum += await call(n)
  return sum
}

const manager = new ContainerManager({ maxContainers: 100 })
const container = await manager.run(native)
const free = await manager.run(native, { maxCpuTime: Infinity })
const quiet = new ContainerManager({ enableMetrics: false })
const unobserved = await quiet.run(native)
const raw = instantiate(native).exports
const metered = instantiate(meterModule(native, { fuel: 1n << 60n })).exports

const numeric = await measure({
  raw: (count) => {
    let sum = 0
    for (let n = 0; n < count; n += 1) sum += raw.add(n, 1)
    return sum
  },
  'raw, awaited': (count) => awaiting(count, (n) => raw.add(n, 1)),
  'metered, awaited': (count) => awaiting(count, (n) => metered.add(n, 1)),
  'container.call, awaited': (count) => awaiting(count, (n) => container.call('add', [n, 1])),
  'container.call, without limits': (count) => awaiting(count, (n) => free.call('add', [n, 1])),
  'container.call, without metrics': (count) =>
    awaiting(count, (n) => unobserved.call('add', [n, 1])),
  'container.call, 1,000 at once': async (count) => {
    for (let left = count; left > 0; left -= 1000) {
      const calls = Array.from({ length: Math.min(left, 1000) }, (_, n) =>
        container.call('add', [n, 1]),
      )
      await Promise.all(calls)
    }
  },
})
console.log('add(n, 1) of native.wasm; ratios to the awaited raw call')
const base = numeric.get('raw, awaited')
for (const [name, us] of numeric)
  print(name, us, { base, goal: name === 'container.call, awaited' ? 6 : undefined })

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
for (const [name, us] of json) print(name, us, { base: json.get('by hand, awaited') })

console.log('\n200,000 calls, one after the other')
for (const [what, bytes, [name, argument], check] of [
  ['numeric export', native, ['add', [1, 2]], (result) => result === 3],
  ['native ABI', native, ['echo', value], (result) => result[0].id === 1],
  ['Extism plugin in C', read('echo.wasm'), ['echo', 'text'], (result) => result === 'text'],
  ['Extism plugin, as-pdk', read('plugin.wasm'), ['echo', 'text'], (result) => result === 'text'],
]) {
  const one = await manager.run(bytes)
  const before = performance.now()
  let failed = 0
  for (let n = 0; n < 200_000; n += 1) if (!check(await one.call(name, argument))) failed += 1
  const us = ((performance.now() - before) * 1000) / 200_000
  const memory = (one.getMemoryUsage().allocated / 2 ** 20).toFixed(1)
  console.log(`${what.padEnd(58)} ${us.toFixed(3).padStart(9)} us ${failed} failed, ${memory} MiB`)
  await one.stop()
}
await manager.cleanup()
await quiet.cleanup()
