import { describe, expect, it } from 'vitest'
import { OutputLimitError } from '../../src/guests/guest.ts'
import { createJavaScriptGuest, runJavaScript } from '../../src/guests/javascript/run.ts'
import { freshFiles, runGuest, type GuestRunOptions } from './run-guest.ts'

const node = (code: string, options?: GuestRunOptions) =>
  runGuest(runJavaScript, ['node', '-e', code], options)
const works = async (): Promise<void> =>
  expect(await node('console.log("fine")')).toMatchObject({ exitCode: 0, stdout: 'fine\n' })

describe('the border to the host', () => {
  it.each([
    [
      'the constructor of a function',
      'const F=setTimeout.constructor.constructor; console.log(F("return this")()===globalThis, F("return process.version")())',
    ],
    [
      'the constructor of an fs function',
      'const F=require("fs").readFileSync.constructor.constructor; console.log(F("return globalThis")()===globalThis)',
    ],
    [
      'the constructor of an error of the host',
      'try{require("fs").readFileSync("/no")}catch(e){console.log(e.constructor.constructor("return globalThis")()===globalThis)}',
    ],
    [
      'the constructor of bytes of the host',
      'const b=require("fs").readFileSync(0); console.log(b.buffer.constructor.constructor("return globalThis")()===globalThis)',
    ],
  ])('leads through %s to the guest only', async (_what, code) => {
    const run = await node(code)
    expect(run.exitCode).toBe(0)
    expect(run.stdout).toContain('true')
    expect(run.stdout + run.stderr).not.toContain(process.version)
  })

  it('has no way out by name', async () => {
    const run = await node(
      'console.log([typeof WebAssembly, typeof EventSource, typeof Deno, typeof Bun, typeof std, typeof scriptArgs, typeof host, typeof process.mainModule, typeof process.openStdin])',
    )
    expect(run.stdout.match(/'undefined'/g)?.length).toBe(9)
  })

  it('does not let prototypes of the guest reach the host', async () => {
    const code =
      'Object.prototype.polluted=1; Object.prototype.toJSON=()=>({}); Array.prototype.map=null; const o=JSON.parse(\'{"__proto__":{"x":1}}\'); require("fs").writeFileSync("/package.json",\'{"__proto__":{"polluted":1},"type":"module"}\'); try{require("./nope")}catch{}; try{structuredClone(o)}catch{}'
    await node(code)
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
    expect(({} as Record<string, unknown>)['x']).toBeUndefined()
    await works()
  })

  const hostile = [
    '{}',
    '[]',
    'null',
    'undefined',
    'Symbol("s")',
    '10n',
    'NaN',
    '-1',
    'Infinity',
    '1e300',
    '()=>{}',
    'new Proxy({},{get(){throw 1},ownKeys(){throw 2}})',
    'new Proxy(new Uint8Array(2),{})',
    '({toString(){throw new Error("trap")},valueOf(){throw 1}})',
    '({get length(){throw 1}})',
    'Object.create(null)',
    '"\\0"',
    '"x".repeat(100000)',
    'new Uint8Array(3)',
    'new Float64Array(2)',
    'new DataView(new ArrayBuffer(2))',
    'new SharedArrayBuffer(2)',
    '"/../../../../etc/passwd"',
    'new Date(NaN)',
    'class A{static toString(){return "/x"}}',
  ]

  it('survives every kind of value in every function of fs', async () => {
    const code = `
      const fs = require('fs'), values = [${hostile.join(',')}], names = Object.keys(fs).filter((n) => n.endsWith('Sync'))
      let refused = 0
      for (const name of names) for (const a of values) for (const b of [undefined, a, '/tmp/y', 1]) { try { fs[name](a, b, a, b) } catch { refused += 1 } }
      console.log(names.length > 40 && refused > 1000)`
    const run = await node(code, {
      files: freshFiles({ '/keep': 'kept' }),
      maxOutputBytes: 64_000_000,
    })
    expect(run).toMatchObject({ exitCode: 0 })
    expect(run.stdout).toMatch(/true\n$/)
    await works()
  })

  it('refuses unknown values at the border itself', async () => {
    // The prelude's own call is not reachable, so the values go through functions that hand theirs on unchanged.
    const code = `const c=require('crypto'), p=process; let n=0
      for (const v of [${hostile.join(',')}]) for (const f of [()=>c.randomBytes(v),()=>c.createHash(v),()=>c.createHash('md5').update(v),()=>p.stdout.write(v),()=>p.chdir(v),()=>require(v),()=>require('module').createRequire(v),()=>p.hrtime(v),()=>p.getBuiltinModule(v),()=>new URL(v),()=>structuredClone(v),()=>p.emitWarning(v),()=>console.table(v),()=>console.log(v)]) { try { f() } catch { n++ } }
      console.log('counted', n > 150)`
    const run = await node(code)
    expect(run).toMatchObject({ exitCode: 0 })
    expect(run.stdout).toMatch(/counted true\n$/)
  })

  it('calls no getter or trap of a promise reason or thrown value on the host', async () => {
    const run = await node(
      'throw new Proxy({}, { get() { throw 1 }, getPrototypeOf() { throw 2 } })',
    )
    expect(run.exitCode).not.toBe(0)
    await works()
  })

  it('lets a setter on Error.prototype see no error of the host', async () => {
    const run = await node(
      'Object.defineProperty(Error.prototype,"message",{set(v){throw new Error("again")},configurable:true}); try{require("fs").readFileSync("/no")}catch(e){console.log("caught")}; console.log("on")',
    )
    expect(run.stdout).toContain('on')
  })
})

describe('limits', () => {
  it('ends a loop of promises and a plain loop by the interrupt', async () => {
    for (const code of [
      'const f=()=>Promise.resolve().then(f); f(); await 0',
      'for(;;);',
      'process.nextTick(function f(){process.nextTick(f)})',
      'try{for(;;);}finally{for(;;);}',
      '/(a+)+$/.test("a".repeat(40)+"b")',
    ]) {
      const end = Date.now() + 300
      const guest = createJavaScriptGuest({ interrupt: () => Date.now() > end })
      expect(await runGuest(guest, ['node', '-e', code])).toMatchObject({ limit: 'time' })
    }
    await works()
  })

  it.each([
    ['bytes', 'const a=[];for(;;)a.push(new Uint8Array(1e6))'],
    ['objects', 'const a=[];for(;;)a.push({a:[1,2,3]})'],
    ['strings', 'const a=[];for(;;)a.push("x".repeat(1e6)+a.length)'],
    ['a map', 'const m=new Map();for(let i=0;;i++)m.set("key"+i,{i})'],
    ['closures', 'let f=()=>1;for(;;){const g=f;f=()=>g}'],
    ['promises', 'const a=[];for(;;)a.push(new Promise(()=>{}))'],
  ])('ends a bomb of %s at 64 MB with the limit memory', async (_what, code) => {
    const run = await node(code, { memoryLimitBytes: 64_000_000 })
    expect(run).toMatchObject({ exitCode: 134, limit: 'memory' })
    expect(run.stderr).toContain('out of memory')
    await works()
  })

  it('lets a program catch that memory ran out and go on', async () => {
    expect(
      (
        await node(
          'try{const a=[];for(;;)a.push(new Uint8Array(1e6))}catch(e){console.log(e.message)}',
        )
      ).stdout,
    ).toBe('out of memory\n')
    expect(
      (
        await node(
          'try{"x".repeat(2**29)}catch(e){console.log(e.name)};try{"x".repeat(2**31)}catch(e){console.log(e.name)};try{new ArrayBuffer(2**40)}catch(e){console.log(e.name)}',
        )
      ).stdout.split('\n').length,
    ).toBe(4)
  })

  it('never grows past its memory', async () => {
    const run = await node(
      'const a=[];try{for(;;)a.push(new Uint8Array(1e5))}catch{};console.log(process.memoryUsage().rss)',
      { memoryLimitBytes: 16_777_216 },
    )
    expect(Number(run.stdout)).toBeLessThanOrEqual(16_777_216)
  })

  it('makes deep recursion an ordinary RangeError', async () => {
    expect(
      (await node('const f=()=>f()+1; try{f()}catch(e){console.log(e instanceof RangeError)}'))
        .stdout,
    ).toBe('true\n')
    expect(await node('(function f(){f()})()')).toMatchObject({ exitCode: 1 })
    expect(
      (
        await node(
          'let a=[];for(let i=0;i<1e5;i++)a=[a];try{console.log(require("util").inspect(a,{depth:Infinity}).length)}catch(e){console.log(e.name)}',
        )
      ).stdout,
    ).toMatch(/Error\n/)
    await works()
  })

  it('passes 100,000 lines, and passes the output limit up', async () => {
    expect((await node('for(let i=0;i<100000;i++)console.log(i)')).stdout.length).toBe(588_890)
    await expect(
      node('try{for(;;)console.log("flood")}catch{for(;;);}finally{console.log("more")}', {
        maxOutputBytes: 10_000,
      }),
    ).rejects.toBeInstanceOf(OutputLimitError)
    await works()
  })

  it('runs nothing after process.exit, in any corner', async () => {
    const run = await node(
      'async function f(){process.exit(4)}; Promise.resolve().then(()=>{console.log("later");require("fs").writeFileSync("/after","")}); try{f()}finally{console.log("finally")}; console.log("next")',
    )
    expect(run).toMatchObject({ exitCode: 4, stdout: '' })
    expect(run.files.exists('/after')).toBe(false)
  })

  it('stays inside its files', async () => {
    const run = await node(
      'const fs=require("fs"); for (const p of ["/etc/passwd","../../../../etc/passwd","/proc/self/environ","file:///etc/passwd"]) { try { fs.readFileSync(p.startsWith("file")?new URL(p):p); console.log("read",p) } catch(e) { console.log(e.code) } } fs.symlinkSync("../../../../etc/passwd","/tmp/l"); try{fs.readFileSync("/tmp/l");console.log("read")}catch(e){console.log(e.code)}; try{require("../../../../../etc/hosts")}catch(e){console.log(e.code)}',
    )
    expect(run.stdout).toBe('ENOENT\n'.repeat(5) + 'MODULE_NOT_FOUND\n')
  })
})
