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
    program: `
const say = (what) => (error) => console.log(error ? 'held' : 'ESCAPED', what, error?.code ?? error?.cause?.code)
for (const name of ['WebSocket', 'XMLHttpRequest', 'EventSource', 'navigator'])
  console.log(globalThis[name] === undefined ? 'held' : 'ESCAPED', name)
fetch('http://127.0.0.1:PORT/').then(() => say('fetch')(), say('fetch'))
fetch(new Request('http://localhost:PORT/', { method: 'POST', body: 'x' })).then(() => say('fetch')(), say('fetch'))
const net = require('net').connect(PORT, '127.0.0.1', () => say('net')()).on('error', say('net'))
net.write('data')
require('tls').connect({ port: PORT, host: '127.0.0.1' }, () => say('tls')()).on('error', say('tls'))
require('http').get('http://127.0.0.1:PORT/', () => say('http')()).on('error', say('http'))
require('https').request({ port: PORT }, () => say('https')()).on('error', say('https')).end('x')
require('http').createServer().listen(0, () => say('server')()).on('error', say('server'))
require('dns').lookup('localhost', say('dns'))
require('dns').promises.resolve('localhost').then(() => say('dns promise')(), say('dns promise'))
require('dgram').createSocket('udp4').send('x', PORT, '127.0.0.1', say('dgram'))
`,
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
  javascript('21', 'a compressed bomb', {
    program: `
const zlib = require('zlib')
const bomb = zlib.gzipSync(Buffer.alloc(8 << 20))
try { zlib.gunzipSync(zlib.gzipSync(Buffer.alloc(32 << 20)), { maxOutputLength: 1e12 }); console.log('held', 'fits') }
catch (error) { console.log('held', error.code) }
const kept = []
try { for (;;) kept.push(zlib.gunzipSync(bomb)) } catch (error) { console.log('held', error.name) }
`,
    ends: held,
  }),
  javascript('22', 'hostile arguments for the compression, keys and encodings of the host', {
    program: `
const zlib = require('zlib'), crypto = require('crypto')
const hostile = [{ get level() { throw new Error('trap') } }, { level: 1e9 }, { windowBits: -99 }, { memLevel: 2 ** 40 }, { __proto__: { level: 99 } }, { chunkSize: 1 }, { dictionary: 'x' }]
for (const name of ['gzipSync', 'gunzipSync', 'deflateRawSync', 'inflateSync', 'unzipSync'])
  for (const options of hostile) for (const data of ['', 'x', new Uint8Array(9), {}, null]) { try { zlib[name](data, options) } catch {} }
for (const label of ['constructor', '__proto__', '\\0', 'x'.repeat(1e6), 'utf-8;', 'replacement', 'x-user-defined', 'euc-kr'])
  try { new TextDecoder(label).decode(new Uint8Array(99).fill(255)) } catch {}
for (const n of [-1, NaN, Infinity, 2 ** 53, 1.5, '9'])
  for (const run of [() => crypto.pbkdf2Sync('p', 's', n, 8, 'sha1'), () => crypto.pbkdf2Sync('p', 's', 1, n, 'sha1'), () => crypto.scryptSync('p', 's', n), () => crypto.scryptSync('p', 's', 8, { N: n, maxmem: 2 ** 50 })])
    try { run() } catch {}
try { crypto.scryptSync('p', 's', 8, { N: 2 ** 20, r: 64, maxmem: 2 ** 50 }); console.log('ESCAPED') } catch (error) { console.log('held', error.code) }
console.log('held')
`,
    ends: held,
  }),
  javascript('23', 'a key that takes for ever to derive', {
    program: "require('crypto').pbkdf2Sync('p', 's', 2 ** 31 - 1, 64, 'sha512')",
    ends: { limit: ['time', 'cpu'] },
    timeoutMs: 2000,
  }),
  javascript('24', 'hostile arguments for Intl of the host', {
    program: `
const kinds = ['NumberFormat', 'DateTimeFormat', 'PluralRules', 'ListFormat', 'RelativeTimeFormat', 'Collator', 'DisplayNames', 'Segmenter']
const hostile = [null, {}, [], [null], ['x'.repeat(1e6)], 'en-u-co-' + 'phonebk-'.repeat(1e4), '\\0', { toString() { throw new Error('trap') } }, Symbol('s'), new Proxy([], { get() { throw new Error('trap') } })]
const options = [{ minimumFractionDigits: 1e9 }, { timeZone: '../../etc/passwd' }, { __proto__: null, constructor: 'x' }, { currency: 'x'.repeat(1e6), style: 'currency' }, { type: 'region' }, { toJSON() { throw new Error('trap') } }]
for (const kind of kinds) for (const locale of ['en', ...hostile]) for (const option of options) {
  try { const made = new Intl[kind](locale, option); for (const method of ['format', 'select', 'of', 'segment', 'compare', 'resolvedOptions', 'constructor', '__proto__']) { try { made[method]?.('x'.repeat(1e6), 'day') } catch {} } } catch {}
}
for (const name of ['toLocaleString', 'toLocaleDateString']) for (const locale of hostile) { try { new Date(8.64e15)[name](locale, options[1]) } catch {} }
try { 'a'.localeCompare('x'.repeat(1e6), hostile[5]) } catch {}
const zone = new Intl.DateTimeFormat().resolvedOptions().timeZone
console.log(zone === 'UTC' ? 'held' : 'ESCAPED ' + zone)
`,
    ends: held,
  }),
  javascript('25', 'code of the host through errors of the module loader', {
    program: `
import('./none-\\0ERR_X.mjs').catch((error) => console.log(/node_modules|packages\\/core|internal/.test(error.stack) ? 'ESCAPED ' + error.stack : 'held', error.code))
try { require('/workspace/\\u0000') } catch (error) { console.log(/packages\\/core/.test(error.stack) ? 'ESCAPED' : 'held') }
const named = new Error('m'); named.name = '\\u0000ERR_FAKE'; console.log(typeof named.name === 'string' ? 'held' : 'ESCAPED')
`,
    ends: held,
  }),
]
