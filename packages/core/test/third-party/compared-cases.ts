import { createPlugin } from 'extism-1'
import { QuickJS } from 'quickjs-wasi'
import { createVirtualFiles } from '../../src/files/index.ts'
import { ContainerManager, limitModule, type LimitedModule } from '../../src/index.ts'
import { createWasi } from '../../src/wasi/index.ts'
import { equal, type Case, type Load } from '../both/case.ts'
import { formatJson, openDprint } from './dprint.ts'
import { openSql } from './sql.ts'
import { unlimited } from './unlimited.ts'

type Work = (module: LimitedModule) => unknown

/** What the module does with limits and without; they must be the same, and more than nothing. */
async function compare(load: Load, name: string, work: Work): Promise<string> {
  const bytes = await load(name)
  const [limited, plain] = [await limitModule(bytes), await unlimited(bytes)]
  const expected = JSON.stringify(await work(plain))
  equal(JSON.stringify(await work(limited)), expected)
  if (expected.length < 100) throw new Error(`it did next to nothing: ${expected}`)
  return `${name}: ${expected.length} characters alike`
}

/** What a call gives, or what it says where it fails. */
async function outcome(work: () => unknown): Promise<unknown> {
  try {
    return await work()
  } catch (error) {
    return String(error)
  }
}

const scripts = [
  '[3, 1, 2].sort().map((n) => n ** 2)',
  'JSON.stringify({ a: [1, { b: null }], "한": "é" })',
  '"x".repeat(1000).replace(/x/g, (_, n) => String(n % 7))',
  'const f = (n) => (n < 2 ? n : f(n - 1) + f(n - 2)); f(18)',
  'Array.from("𝒳yz👩‍👩‍👧").length',
  '[0.1 + 0.2, Math.sqrt(2), 2 ** 53, -0, 1 / 3, parseFloat("1e-7"), 123456789012345680000]',
  'BigInt("123456789012345678901234567890") * 987654321n + ""',
  'const all = new Map(); for (let n = 0; n < 500; n++) all.set("k" + n, n); [...all.values()].reduce((a, b) => a + b)',
  'class A { #x = 1; get x() { return this.#x } } new A().x',
  'function* g() { for (let n = 0; n < 5; n++) yield n * n } [...g()]',
  'try { null.x } catch (error) { error.message }',
  'new Date(86400000 * 365.25 * 30).toISOString()',
  'let s = ""; for (let n = 0; n < 300; n++) s += String.fromCharCode(32 + (n * 31) % 90); s',
]

const texts = [
  '{"a":1,"b":[1,2,{"c":null}]}',
  '// a comment\n{ "a" : true , /* b */ "c":-1.5e10 }',
  `[${Array.from({ length: 300 }, (_, n) => `{"n":${n},"text":"${'한'.repeat(n % 9)}"}`).join()}]`,
  '{"a":',
  '[1,2,3,]',
  '""',
]

const statements = [
  'create table t(n integer primary key, name text, x real)',
  "with recursive c(n) as (select 1 union all select n + 1 from c where n < 500) insert into t select n, 'name ' || (n * 7919 % 1000), n / 7.0 from c",
  'select count(*), sum(n), avg(x), min(name), max(name) from t',
  "select name, x from t where name like '%9%' order by x desc, name limit 20",
  'select hex(zeroblob(8)), quote(1.5), typeof(x), printf("%08.3f", x) from t limit 3',
  'begin; delete from t where n % 2 = 0; rollback; select count(*) from t',
  'select json_extract(\'{"a":[1,2,{"b":3}]}\', \'$.a[2].b\')',
  'select group_concat(n) from (select n from t order by n desc limit 50)',
  'select * from absent',
  "insert into t values (1, 'twice', 0)",
]

/** A WASI program run to its end, without a container and without limits. */
async function runPlain(bytes: Uint8Array, args: readonly string[], input = ''): Promise<unknown> {
  const output = { stdout: '', stderr: '' }
  const rest = { bytes: new TextEncoder().encode(input) }
  const write = (stream: keyof typeof output) => (part: Uint8Array) =>
    void (output[stream] += new TextDecoder().decode(part))
  const wasi = createWasi({
    files: createVirtualFiles({ quota: { bytes: 1 << 20, inodes: 100 } }),
    args,
    preopens: [],
    stdin: {
      read(into) {
        const part = rest.bytes.subarray(0, into.length)
        rest.bytes = rest.bytes.subarray(part.length)
        into.set(part)
        return part.length
      },
    },
    stdout: { write: write('stdout') },
    stderr: { write: write('stderr') },
  })
  const module = await WebAssembly.compile(Uint8Array.from(bytes))
  const exitCode = wasi.start(await WebAssembly.instantiate(module, wasi.imports))
  return { exitCode, ...output }
}

const program = `
import json, math, re, hashlib, decimal, zlib
print(json.dumps({"squares": [n * n for n in range(20)], "한": "é"}, ensure_ascii=False))
print(hashlib.sha256(b"x" * 10000).hexdigest(), zlib.crc32(b"gaesup"), math.pi ** 10)
print(decimal.Decimal(2).sqrt(), sum(1 / n for n in range(1, 2000)), 7 ** 200)
print(re.sub(r"(\\w)(\\d)", r"\\2\\1", " ".join(f"a{n}" for n in range(50))))
print(sorted((w for w in "the quick brown fox jumps".split()), key=lambda w: (len(w), w))[::-1])
def depth(n): return 0 if n == 0 else 1 + depth(n - 1)
print(depth(150), sum(hash(n) for n in range(1000)))
raise ValueError("at the end")
`

/** Modules of others, each doing the same with the limits in it as without. */
export const comparedCases: readonly Case[] = [
  {
    title: '@dprint/json formats the same with its limits as without',
    run: (load) =>
      compare(load, 'dprint.wasm', async (module) => {
        const plugin = openDprint(module)
        return Promise.all(texts.map((text) => outcome(() => formatJson(plugin, text))))
      }),
  },
  {
    title: 'sql.js answers the same with its limits as without',
    run: async (load) => {
      const glue = await load('sql.js')
      return compare(load, 'sql.wasm', async (module) => {
        const database = await openSql(module, glue)
        return Promise.all(statements.map((sql) => outcome(() => database.exec(sql))))
      })
    },
  },
  {
    title: 'QuickJS evaluates the same with its limits as without',
    run: (load) =>
      compare(load, 'quickjs.wasm', async (module) => {
        const machine = await QuickJS.create({ wasm: module.module })
        const { exports } = machine as unknown as { exports: WebAssembly.Exports }
        const limits = module.attach(exports)
        return scripts.map((code) => limits.run(() => machine.dump(machine.evalCode(code))))
      }),
  },
  {
    title: 'an Extism plugin gives the same with its limits as in Extism’s own SDK',
    async run(load) {
      const bytes = await load('plugin.wasm')
      const theirs = await createPlugin(
        { wasm: [{ data: Uint8Array.from(bytes) }] },
        { useWasi: false, config: { thing: 'a value' } },
      )
      const ours = await new ContainerManager().run(bytes, { environment: { thing: 'a value' } })
      const calls: [string, string?][] = [
        ['echo', 'hé 한국'],
        ['echo', 'x'.repeat(100_000)],
        ['echo', ''],
        ['recall'],
        ['remember', 'a variable'],
        ['recall'],
        ['config'],
        ['count'],
        ['count'],
      ]
      for (const [name, input] of calls) {
        const expected = (await theirs.call(name, input))?.text() ?? ''
        equal(await ours.call(name, input), expected)
      }
      for (const name of ['fail', 'crash']) {
        const message = await theirs.call(name).then(
          () => 'nothing',
          (error: unknown) => (error as Error).message,
        )
        const failure = (await ours.call(name).catch((error: unknown) => error)) as Error
        if (!failure.message.includes(message.replace(/^Plugin-originated error: /, '')))
          throw new Error(`"${failure.message}" where Extism says "${message}"`)
      }
      await theirs.close()
    },
  },
  {
    title: 'CPython prints the same with its limits as without',
    async run(load) {
      const bytes = await load('python.wasm')
      const container = await new ContainerManager().run(bytes, { maxCpuTime: 60_000 })
      const args = ['-c', program]
      const ours: unknown = await container.call('_start', args)
      equal(ours, await runPlain(bytes, ['module', ...args]))
      const { exitCode, stdout } = ours as { exitCode: number; stdout: string }
      equal([exitCode, stdout.split('\n').length], [1, 7])
    },
  },
  {
    title: 'a C program built by clang for WASI prints the same with its limits as without',
    async run(load) {
      const bytes = await load('program.wasm')
      const container = await new ContainerManager().run(bytes)
      const lines = Array.from({ length: 400 }, (_, n) => `line ${(n * 7919) % 1000}\n`).join('')
      for (const input of [lines, '', 'no end of line', '한\nü\n\n'])
        equal(await container.call('_start', input), await runPlain(bytes, ['module'], input))
    },
  },
]
