import { QuickJS } from 'quickjs-wasi'
import { createVirtualFiles } from '../../src/files/index.ts'
import { ContainerManager, limitModule } from '../../src/index.ts'
import { equal, refused, throws, within, type Case } from '../both/case.ts'
import { comparedCases } from './compared-cases.ts'
import { formatJson, openDprint } from './dprint.ts'
import { openSql } from './sql.ts'

const mebibyte = 2 ** 20

/** Modules that others made, as they published them, each with its limits attacked. */
export const cases: readonly Case[] = [
  ...comparedCases,
  {
    title: 'an Extism plugin built with @extism/as-pdk answers, and its endless loop is stopped',
    async run(load) {
      const manager = new ContainerManager()
      const plugin = await manager.run(await load('plugin.wasm'), { maxCpuTime: 1000 })
      equal(plugin.abi, 'extism')
      equal(await plugin.call('echo', 'hé 한국'), 'hé 한국')
      equal(await plugin.call('count'), '1')
      await within(20_000, () => refused(plugin.call('spin'), 'TIME_LIMIT'))
      equal(await plugin.call('count'), '3')
    },
  },
  {
    title: '@dprint/json formats, and is stopped by fuel and memory',
    async run(load) {
      const bytes = await load('dprint.wasm')
      const container = await new ContainerManager().run(bytes, { maxMemory: 8 * mebibyte })
      equal([container.abi, await container.call('dprint_plugin_version_4')], ['plain', 4])
      const plugin = openDprint(await limitModule(bytes, { maxMemory: 8 * mebibyte }))
      equal(formatJson(plugin, '{"a":1,\n"b":[1,2]}'), '{ "a": 1, "b": [1, 2] }\n')
      const poor = openDprint(await limitModule(bytes, { maxFuel: 2_000_000n }))
      equal(formatJson(poor, '{"a":1}'), '{ "a": 1 }\n')
      const long = `[${Array.from({ length: 20_000 }, (_, n) => `{"n":${n}}`).join()}]`
      throws(() => formatJson(poor, long), 'CPU_LIMIT')
      const small = openDprint(await limitModule(bytes, { maxMemory: 2 * mebibyte }))
      throws(() => formatJson(small, long), 'TRAPPED')
      await refused(limitModule(bytes, { maxMemory: mebibyte }), 'MEMORY_LIMIT')
    },
  },
  {
    title: 'sql.js runs SQL in its own glue, and an endless query is stopped',
    async run(load) {
      const limited = await limitModule(await load('sql.wasm'), {
        maxCpuTime: 1000,
        maxMemory: 32 * mebibyte,
      })
      const database = await openSql(limited, await load('sql.js'))
      database.run('create table t(n); insert into t values (1), (2), (3)')
      equal(database.exec('select sum(n) from t')[0]?.values, [[6]])
      const endless =
        'with recursive c(x) as (select 1 union all select x + 1 from c) select count(*) from c'
      await within(20_000, () => throws(() => database.exec(endless), 'TIME_LIMIT'))
      equal(database.exec('select count(*) from t')[0]?.values, [[3]])
      // SQLite's own answer to a memory that cannot grow, and no more of the host's than allowed.
      throws(
        () => database.exec("select length(zeroblob(100000000) || 'x')"),
        'Error: out of memory',
      )
    },
  },
  {
    title: 'QuickJS runs scripts in its own glue, and an endless script is stopped',
    async run(load) {
      const limited = await limitModule(await load('quickjs.wasm'), { maxCpuTime: 1000 })
      const machine = await QuickJS.create({ wasm: limited.module })
      const { exports } = machine as unknown as { exports: WebAssembly.Exports }
      const limits = limited.attach(exports)
      const evaluate = (code: string): unknown =>
        limits.run(() => machine.dump(machine.evalCode(code)))
      equal(evaluate('[1, 2, 3].map((n) => n * 2).join()'), '2,4,6')
      await within(20_000, () => throws(() => evaluate('for (;;);'), 'TIME_LIMIT'))
    },
  },
  {
    title: 'JavaScript that was compiled onto QuickJS keeps state, and is stopped',
    async run(load) {
      const manager = new ContainerManager()
      const container = await manager.run(await load('script.wasm'), { maxCpuTime: 1000 })
      equal(container.abi, 'native')
      equal(await container.call('add', [{ name: 'a' }, 2]), { name: 'a', total: 2 })
      equal(await container.call('add', [{ name: 'b' }, 3]), { name: 'b', total: 5 })
      const copy = await container.snapshot()
      await within(20_000, () => refused(container.call('spin'), 'TIME_LIMIT'))
      await container.restore(copy)
      equal(await container.call('add', [{}, 1]), { total: 6 })
    },
  },
  {
    title: 'CPython runs programs over virtual files, and an endless one is stopped',
    async run(load) {
      const files = createVirtualFiles({ quota: { bytes: 8 * mebibyte, inodes: 100 } })
      const manager = new ContainerManager()
      const bytes = await load('python.wasm')
      const config = {
        files,
        isolation: { fileSystemAccess: true },
        environment: { PYTHONDONTWRITEBYTECODE: '1' },
      }
      const container = await manager.run(bytes, config)
      equal(container.abi, 'wasi-command')
      const code =
        'import json, sys; print(json.dumps({"n": sum(range(10)), "argv": sys.argv[1:]}))'
      const result = await container.call('_start', ['-c', code, '한국'])
      equal(result, { exitCode: 0, stdout: '{"n": 45, "argv": ["\\ud55c\\uad6d"]}\n', stderr: '' })
      await container.call('_start', ['-c', 'open("/workspace/x", "w").write("kept")'])
      equal(new TextDecoder().decode(files.readFile('/workspace/x')), 'kept')
      const hasty = await manager.run(bytes, { ...config, maxCpuTime: 4000 })
      await refused(hasty.call('_start', ['-c', 'while True: pass']), 'TIME_LIMIT')
    },
  },
  {
    title: 'CPython meets its memory limit as MemoryError',
    async run(load) {
      const container = await new ContainerManager().run(await load('python.wasm'), {
        maxMemory: 64 * mebibyte,
      })
      const code = 'try:\n  b"x" * 100_000_000\nexcept MemoryError: print("no memory")'
      const { stdout } = await container.call('_start', ['-c', code])
      equal(stdout, 'no memory\n')
    },
  },
  {
    title: 'a C program built by clang for WASI sorts its input, and is stopped',
    async run(load) {
      const container = await new ContainerManager().run(await load('program.wasm'), {
        maxCpuTime: 1000,
        maxMemory: 2 * mebibyte,
      })
      const sorted = { exitCode: 0, stdout: 'a\nb\nc\n', stderr: '3 lines\n' }
      equal(await container.call('_start', 'b\nc\na\n'), sorted)
      await within(20_000, () => refused(container.call('_start', ['--spin']), 'TIME_LIMIT'))
      equal((await container.call('_start', ['--hog'])).exitCode, 3)
      equal(await container.call('_start', 'b\nc\na\n'), sorted)
    },
  },
]

/** Those that take a compiler of the machine. */
export const clangCases: readonly string[] = cases
  .map(({ title }) => title)
  .filter((title) => title.startsWith('a C program'))
