// Measures what counting costs: node bench/metering.mjs [rounds]. The same bytes with and without the meter, in turns, after both have run long
// enough to be compiled by the optimizing compiler. Prints the ratio of the fastest rounds and of the medians where the module asks its host for more
// fuel, as in containers, that of the fastest rounds where it traps, and goals, which are for the first; asserts nothing.
import { readFileSync } from 'node:fs'
import { QuickJS } from 'quickjs-wasi'
import { createMeter, meterModule } from '../dist/index.js'
import { atMost, noteRatio } from './report/goals.mjs'

const rounds = Number(process.argv[2] ?? 100)
const warmMs = 1500
const plenty = 1n << 55n
const workloads = readFileSync(new URL('../test/fixtures/meter/workloads.wasm', import.meta.url))
// clang-14 --target=wasm32 -O2 -nostdlib -Wl,--no-entry -Wl,--strip-all -o lookups.wasm lookups.c
const lookups = readFileSync(new URL('lookups.wasm', import.meta.url))
const quickjs = readFileSync(new URL(import.meta.resolve('quickjs-wasi/quickjs.wasm')))
const modules = { workloads, lookups, quickjs }
const metered = {}
const trapping = {}

const scripts = {
  'QuickJS, numbers in a loop':
    '(()=>{let s=0;for(let i=0;i<40000;i++)s=(s*31+i)%1000003;return s})()',
  'QuickJS, objects and a map':
    '(()=>{const m=new Map();const o=[];for(let i=0;i<3000;i++){o.push({a:i,b:"x"+i});m.set("k"+(i%997),i)}return o.map(x=>x.a+x.b.length).reduce((a,b)=>a+b,0)+m.size})()',
  'QuickJS, fib(18)': '(()=>{const f=n=>n<2?n:f(n-1)+f(n-2);return f(18)})()',
  'QuickJS, JSON and patterns':
    '(()=>{let t=0;const o=[];for(let i=0;i<300;i++)o.push({id:i,name:"n"+i,v:[i,i/3]});const s=JSON.stringify(o);t+=JSON.parse(s).length+s.replace(/(\\d+)n/g,"$1").length;return t})()',
}
const functions = {
  'C, a loop of direct calls: words in a table': ['lookups', 30],
  'C, fib(28): nothing but calls': ['fib', 28],
  'C, quicksort of 20,000 bytes: calls and memory': ['quicksort', 20_000, 1],
  'C, 300,000 rounds with calls through a table': ['interpret', 300_000, 7],
  'C, sieve: memory': ['sieve', 12],
  'C, collatz: numbers': ['collatz', 20_000],
}
const goalOf = (name) =>
  name.startsWith('QuickJS') ? 1.3 : name.includes('call') ? 1.5 : undefined

for (const [name, bytes] of Object.entries(modules)) {
  const before = performance.now()
  metered[name] = meterModule(bytes, { fuel: plenty, asksHost: true })
  const ms = (performance.now() - before).toFixed(0)
  trapping[name] = meterModule(bytes, { fuel: plenty })
  const growth = (metered[name].length / bytes.length).toFixed(2)
  console.log(
    `${name}.wasm: ${bytes.length} bytes, ${growth}x with the meter, rewritten in ${ms} ms`,
  )
}

async function sidesOf(bytes, isMetered) {
  const instances = [bytes.workloads, bytes.lookups].map(
    (one) => new WebAssembly.Instance(new WebAssembly.Module(one)),
  )
  if (isMetered) for (const one of instances) createMeter(one).begin(plenty)
  const exported = Object.assign({}, ...instances.map((one) => one.exports))
  const vm = await QuickJS.create({ wasm: await WebAssembly.compile(bytes.quickjs) })
  const calls = Object.entries(functions).map(([name, [call, ...args]]) => [
    name,
    () => exported[call](...args),
  ])
  const evals = Object.entries(scripts).map(([name, code]) => [
    name,
    () => {
      const value = vm.evalCode(code)
      const text = value.toString()
      value.dispose()
      return text
    },
  ])
  return new Map([...evals, ...calls])
}

function time(run) {
  const before = performance.now()
  const result = run()
  return { ms: performance.now() - before, result }
}

function warm(run) {
  const end = performance.now() + warmMs
  while (performance.now() < end) run()
}

const sides = [
  await sidesOf(modules, false),
  await sidesOf(metered, true),
  await sidesOf(trapping, true),
]
console.log(`\n${''.padEnd(50)} ${'plain ms'.padStart(9)}  fastest  median  traps`)
for (const name of sides[0].keys()) {
  const runs = sides.map((side) => side.get(name))
  const times = runs.map(() => [])
  for (const run of runs) warm(run)
  for (let round = 0; round < rounds; round += 1) {
    const results = runs.map(time)
    if (results.some(({ result }) => result !== results[0].result))
      throw new Error(`"${name}" gives another result metered.`)
    for (const [n, { ms }] of results.entries()) times[n].push(ms)
  }
  for (const one of times) one.sort((a, b) => a - b)
  const at = (n) => times[1][n] / times[0][n]
  const fastest = at(0)
  const goal = goalOf(name)
  const met = goal === undefined ? '' : noteRatio(`fuel: ${name}`, fastest, atMost(goal))
  const ratios = [fastest, at(rounds >> 1), times[2][0] / times[0][0]]
  const cells = [
    times[0][0].toFixed(2).padStart(9),
    ...ratios.map((one) => `${one.toFixed(2).padStart(6)}x`),
  ]
  console.log(`${name.padEnd(50)} ${cells.join(' ')}  ${met}`)
}
