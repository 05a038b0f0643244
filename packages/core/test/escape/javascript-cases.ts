import type { EscapeCase } from './case.ts'

/** Runs each expression and says whether it was refused, or gave nothing of the host. */
const attempts = (...expressions: string[]): string => `
${expressions
  .map(
    (
      expression,
    ) => `try { const got = ${expression}; console.log(got === undefined || got === false ? 'held' : 'ESCAPED ' + String(got)) }
catch (error) { console.log('held', error.name) }`,
  )
  .join('\n')}
`

const javascript = (
  id: string,
  tries: string,
  rest: Pick<EscapeCase, 'program' | 'ends' | 'timeoutMs'>,
): EscapeCase => ({
  id: `js-${id}`,
  tries,
  language: 'javascript',
  ...rest,
})

const held = { held: true } as const

export const javascriptCases: readonly EscapeCase[] = [
  javascript('01', 'the function constructor of the host', {
    program: attempts(
      "console.log.constructor('return process')().binding('fs')",
      "(() => {}).constructor.constructor('return globalThis')().process.mainModule",
      "require('fs').readFileSync.constructor('return process')().dlopen({}, '/tmp/x.node')",
      "Reflect.construct(Function, ['return process.binding'])()('spawn_sync')",
    ),
    ends: held,
  }),
  javascript('02', 'reading files of the host', {
    program: attempts(
      "require('fs').readFileSync('/etc/passwd', 'utf8')",
      "require('fs').readFileSync('../../../../etc/passwd', 'utf8')",
      "require('fs').readdirSync('/root').join()",
      "require('fs').readFileSync('/proc/self/environ', 'utf8')",
    ),
    ends: held,
  }),
  javascript('03', 'leaving the tree by symlinks', {
    program: attempts(
      "(require('fs').symlinkSync('/etc/passwd', '/tmp/js-a'), require('fs').readFileSync('/tmp/js-a', 'utf8'))",
      "(require('fs').symlinkSync('../../../etc', '/tmp/js-b'), require('fs').readdirSync('/tmp/js-b').join())",
    ),
    ends: held,
  }),
  javascript('04', "reading the host's environment", {
    program: "console.log('CANARY' in process.env ? 'ESCAPED' : 'held')",
    ends: held,
  }),
  javascript('05', 'the network', {
    program: attempts(
      'globalThis.fetch',
      'globalThis.WebSocket',
      'globalThis.XMLHttpRequest',
      "require('net').connect(PORT, '127.0.0.1')",
      "require('http').get('http://127.0.0.1:PORT/')",
      "require('dgram').createSocket('udp4')",
    ),
    ends: held,
  }),
  javascript('06', 'starting processes and threads', {
    program: attempts(
      "require('child_process').execSync('id').toString()",
      "new (require('worker_threads').Worker)('1', { eval: true })",
      "require('cluster').fork()",
      "process.binding('spawn_sync')",
      'process.kill(process.ppid ?? 1, 9)',
    ),
    ends: held,
  }),
  javascript('07', 'pollution of prototypes across the boundary', {
    program: `
Object.prototype.polluted = 'yes'
Object.prototype.then = function () { throw new Error('ESCAPED') }
const fs = require('fs')
fs.writeFileSync('/workspace/p.json', '{"__proto__":{"polluted":"deep"}}')
JSON.parse(fs.readFileSync('/workspace/p.json', 'utf8'))
console.log('held')
`,
    ends: held,
  }),
  javascript('08', 'hostile arguments for every file function', {
    program: `
const fs = require('fs')
const hostile = [new Proxy({}, { get() { throw new Error('trap') } }), { toString() { throw new Error('toString') } }, Symbol('s'), 10n ** 30n, -1, NaN, Infinity, '\\0', 'x'.repeat(100000), [], () => {}, null, undefined]
for (const name of Object.keys(fs)) {
  if (typeof fs[name] !== 'function' || !name.endsWith('Sync')) continue
  for (const a of hostile) for (const b of hostile) { try { fs[name](a, b) } catch {} }
}
console.log('held')
`,
    ends: held,
  }),
  javascript('09', 'code generation by WebAssembly of its own', {
    program: attempts('globalThis.WebAssembly'),
    ends: held,
  }),
  javascript('10', 'an endless loop', {
    program: 'for (;;) {}',
    ends: { limit: ['time'] },
    timeoutMs: 1500,
  }),
  javascript('11', 'an endless chain of microtasks', {
    program: '(function again() { Promise.resolve().then(again) })()',
    ends: { limit: ['time'] },
    timeoutMs: 1500,
  }),
  javascript('12', 'an endless chain of timers', {
    program: '(function again() { setTimeout(again, 0) })()',
    ends: { limit: ['time'] },
    timeoutMs: 1500,
  }),
  javascript('13', 'an endless loop that swallows its interruption', {
    program: 'for (;;) { try { for (;;) {} } catch {} finally { for (;;) {} } }',
    ends: { limit: ['time'] },
    timeoutMs: 1500,
  }),
  javascript('14', 'a regular expression that backtracks for ever', {
    program: "/(a+)+$/.test('a'.repeat(60) + 'b')",
    ends: { limit: ['time'] },
    timeoutMs: 1500,
  }),
  javascript('15', 'a memory bomb', {
    program: 'const x = []; for (;;) x.push(new Uint8Array(1 << 20).fill(1))',
    ends: { limit: ['memory'] },
  }),
  javascript('16', 'a giant string', {
    program: "const a = []; for (;;) a.push('x'.repeat(1e7) + a.length)",
    ends: { limit: ['memory'] },
  }),
  javascript('17', 'a recursion bomb', {
    program: `
const f = () => f() + 1
try { f() } catch (error) { console.log('held', error.name) }
`,
    ends: held,
  }),
  javascript('18', 'an output flood', {
    program: "for (;;) console.log('x'.repeat(10000))",
    ends: { limit: ['output'] },
  }),
  javascript('19', 'filling the disk', {
    program: `
const fs = require('fs')
try { for (;;) fs.appendFileSync('/workspace/js-big', 'x'.repeat(1 << 20)) } catch (error) { console.log('held', error.code) }
fs.rmSync('/workspace/js-big', { force: true })
`,
    ends: held,
  }),
  javascript('20', 'deep nesting in a native parser', {
    program: "JSON.parse('['.repeat(1e6))",
    ends: { crash: true },
  }),
]
