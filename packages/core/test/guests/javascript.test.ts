import { describe, expect, it } from 'vitest'
import { loadImage } from '../../src/guests/javascript/image.ts'
import { quickJsVersion, runJavaScript } from '../../src/guests/javascript/run.ts'
import { freshFiles, runGuest, type GuestRunOptions } from './run-guest.ts'

const node = (args: readonly string[], options?: GuestRunOptions) =>
  runGuest(runJavaScript, ['node', ...args], options)

describe('the node command', () => {
  it.each([
    { args: ['-e', 'console.log(1+1)'], stdout: '2\n' },
    { args: ['-p', '[1,2].map(x=>x*2)'], stdout: '[ 2, 4 ]\n' },
    { args: ['--eval=console.log("inline")'], stdout: 'inline\n' },
    {
      args: ['-e', 'console.log(process.argv.slice(1))', 'a', '한글'],
      stdout: "[ 'a', '한글' ]\n",
    },
    {
      args: ['--input-type=module', '-e', 'import {sep} from "path"; console.log(sep, await 1)'],
      stdout: '/ 1\n',
    },
    { args: ['-e', 'const x: number = 1; console.log(x)', '--'], stdout: '1\n' },
    { args: ['-e', 'enum E { a }'], exitCode: 1 },
    { args: ['-e', 'let x = = 1'], exitCode: 1 },
    {
      args: ['--input-type=commonjs-typescript', '-e', 'const x: number = 1; console.log(x)'],
      stdout: '1\n',
    },
    { args: ['-e', 'process.exit(7)'], exitCode: 7 },
    { args: ['-e', 'process.exitCode = 3'], exitCode: 3 },
    {
      args: ['-e', 'process.on("exit", c => console.log("bye", c)); process.exit(2)'],
      exitCode: 2,
      stdout: 'bye 2\n',
    },
    { args: ['-e', 'await new Promise(() => {})'], exitCode: 13 },
    { args: ['--nonsense'], exitCode: 9 },
    { args: ['-e'], exitCode: 9 },
    { args: ['/missing.js'], exitCode: 1 },
  ])('answers $args', async ({ args, stdout, exitCode = 0 }) => {
    const run = await node(args)
    expect(run.exitCode).toBe(exitCode)
    if (stdout !== undefined) expect(run.stdout).toBe(stdout)
  })

  it('tells the engine it is, not a version of Node', async () => {
    expect((await node(['-v'])).stdout).toBe(`quickjs-ng ${quickJsVersion}\n`)
    expect((await loadImage()).engineVersion).toBe(quickJsVersion)
    expect((await node(['-p', 'process.version + process.platform'])).stdout).toBe(
      `v${quickJsVersion}-quickjs-ngwasi\n`,
    )
  })

  it.each([['--require'], ['--check'], ['--max-old-space-size=64'], ['--inspect']])(
    'refuses the option %s, which means nothing here',
    async (option) => {
      const result = await node([option, '-e', '1'])
      expect(result).toMatchObject({ exitCode: 9, stderr: `node: bad option: ${option}\n` })
    },
  )

  it('runs a program from standard input', async () => {
    expect((await node(['-', 'x'], { stdin: 'console.log(process.argv[2])' })).stdout).toBe('x\n')
  })

  it('sees its environment, folder and nothing of the host', async () => {
    const run = await node(['-p', 'JSON.stringify([process.env, process.cwd()])'], {
      env: { KEY: 'v' },
      cwd: '/tmp',
    })
    expect(JSON.parse(run.stdout)).toEqual([
      {
        HOME: '/workspace',
        KEY: 'v',
        LANG: 'C.UTF-8',
        PATH: '/usr/local/bin:/usr/bin:/bin',
        PWD: '/tmp',
      },
      '/tmp',
    ])
  })

  it('sleeps between timers and runs ticks before promises', async () => {
    const code =
      'setTimeout(()=>console.log("t"),20);Promise.resolve().then(()=>console.log("p"));process.nextTick(()=>console.log("n"));const i=setInterval(()=>{console.log("i");clearInterval(i)},1)'
    expect((await node(['-e', code])).stdout).toBe('n\np\ni\nt\n')
  })

  it('starts every program with other random numbers', async () => {
    const [one, other] = await Promise.all([
      node(['-p', 'Math.random()']),
      node(['-p', 'Math.random()']),
    ])
    expect(one.stdout).not.toBe(other.stdout)
  })

  it('keeps nothing between programs', async () => {
    await node(['-e', 'globalThis.left = 1; Object.prototype.left = 2; require("fs").left = 3'])
    expect((await node(['-p', '[typeof left, ({}).left, require("fs").left]'])).stdout).toBe(
      "[ 'undefined', undefined, undefined ]\n",
    )
  })
})

describe('errors', () => {
  const files = freshFiles({
    '/app/throws.js': 'function f() {\n  throw new TypeError("bad")\n}\nf()\n',
    '/app/syntax.js': 'const ok = 1\nlet x = ;\n',
    '/app/syntax.mjs': 'export const ok = 1\nlet x = ;\n',
    '/app/module.mjs': 'import fs from "fs"\nnull.x\n',
    '/app/typed.ts':
      'interface A { a: number }\nconst a: A = { a: 1 }\nthrow new Error(`a ${a.a}`)\n',
    '/app/enum.ts': 'enum E { a }\n',
    '/app/deep.mjs': 'import "./syntax.mjs"',
  })
  it.each([
    [
      '/app/throws.js',
      '/app/throws.js:2\n  throw new TypeError("bad")\n',
      'TypeError: bad\n    at f (/app/throws.js:2:',
    ],
    ['/app/syntax.js', '/app/syntax.js:2\nlet x = ;\n', 'SyntaxError'],
    ['/app/syntax.mjs', '/app/syntax.mjs:2\n', 'SyntaxError'],
    ['/app/module.mjs', '/app/module.mjs:2\nnull.x\n', 'TypeError'],
    ['/app/typed.ts', '/app/typed.ts:3\n', 'Error: a 1'],
    ['/app/enum.ts', '', 'enum is not supported'],
    ['/app/deep.mjs', '', '/app/syntax.mjs:2'],
  ])('shows the place of the error of %s', async (path, head, inside) => {
    const run = await node([path], { files })
    expect(run.exitCode).toBe(1)
    expect(run.stderr.startsWith(head)).toBe(true)
    expect(run.stderr).toContain(inside)
    expect(run.stderr).not.toContain('node_modules')
  })

  it('ends an unhandled rejection with 1 and its message', async () => {
    const run = await node(['-e', 'Promise.reject(new Error("nobody"))'])
    expect(run).toMatchObject({ exitCode: 1 })
    expect(run.stderr).toContain('Error: nobody')
    expect((await node(['-e', 'Promise.reject(5)'])).stderr).toContain('ERR_UNHANDLED_REJECTION')
  })

  it('gives uncaught errors to the program that listens', async () => {
    const run = await node([
      '-e',
      'process.on("uncaughtException", e => console.log("got", e.message)); setTimeout(() => console.log("on"), 1); throw new Error("x")',
    ])
    expect(run).toMatchObject({ exitCode: 0, stdout: 'got x\non\n' })
  })
})

describe('modules', () => {
  it('loads scripts, JSON, packages and cycles', async () => {
    const files = freshFiles({
      '/a/main.js':
        'const b = require("./b"); console.log(b.name, require("./data").n, require("pkg"), require("pkg/sub"), require("./dir").d, module.children.length)',
      '/a/b.js': 'exports.early = 1; const c = require("./c.cjs"); exports.name = "b" + c.seen',
      '/a/c.cjs': 'exports.seen = require("./b").early',
      '/a/data.json': '{"n": 5}',
      '/a/dir/index.js': 'exports.d = __dirname',
      '/a/node_modules/pkg/package.json':
        '{"main":"lib","exports":{".":{"require":"./lib.js","import":"./lib.mjs"},"./*":"./src/*.js"}}',
      '/a/node_modules/pkg/lib.js': 'module.exports = "cjs"',
      '/a/node_modules/pkg/lib.mjs': 'export default "esm"',
      '/a/node_modules/pkg/src/sub.js': 'module.exports = "sub"',
    })
    expect((await node(['main.js'], { files, cwd: '/a' })).stdout).toBe('b1 5 cjs sub /a/dir 5\n')
    expect(
      (
        await node(
          [
            '--input-type=module',
            '-e',
            'import p from "pkg"; import d from "./data.json" with {type:"json"}; import {seen} from "./c.cjs"; console.log(p, d.n, seen)',
          ],
          { files, cwd: '/a' },
        )
      ).stdout,
    ).toBe('esm 5 1\n')
  })

  it('runs ES modules with cycles, top-level await, dynamic import and import.meta', async () => {
    const files = freshFiles({
      '/m/a.mjs':
        'import { b } from "./b.mjs"; export const a = () => "a"; await 1; console.log(b(), import.meta.url, import.meta.dirname, (await import("./c.mjs")).c)',
      '/m/b.mjs': 'import { a } from "./a.mjs"; export const b = () => "b" + a()',
      '/m/c.mjs': 'export const c = true',
      '/m/detect.js': 'import os from "node:os"; console.log(os.EOL === "\\n")',
    })
    expect((await node(['/m/a.mjs'], { files })).stdout).toBe('ba file:///m/a.mjs /m true\n')
    expect((await node(['/m/detect.js'], { files })).stdout).toBe('true\n')
  })

  it.each(['http2', 'inspector', 'v8', 'vm'])('says why there is no %s', async (name) => {
    const run = await node(['-e', `try { require("${name}") } catch (e) { console.log(e.code) }`])
    expect(run.stdout).toBe('ERR_FEATURE_UNAVAILABLE_ON_PLATFORM\n')
  })

  it('says what it cannot find', async () => {
    expect((await node(['-e', 'require("nope")'])).stderr).toContain("Cannot find module 'nope'")
    expect((await node(['--input-type=module', '-e', 'import "nope"'])).stderr).toContain(
      "Cannot find package 'nope'",
    )
    expect((await node(['--input-type=module', '-e', 'import "./nope.mjs"'])).stderr).toContain(
      "Cannot find module '/nope.mjs'",
    )
  })
})

describe('files', () => {
  it('reads and writes the files of the container', async () => {
    const run = await node([
      '-e',
      'const fs=require("fs"); fs.mkdirSync("/w/x",{recursive:true}); fs.writeFileSync("/w/x/f","hi"); fs.appendFileSync("/w/x/f","!"); console.log(fs.readFileSync("/w/x/f","utf8"), fs.readdirSync("/w"))',
    ])
    expect(run.stdout).toBe("hi! [ 'x' ]\n")
    expect(new TextDecoder().decode(run.files.readFile('/w/x/f'))).toBe('hi!')
  })

  it.each([
    ['fs.readFileSync("/no")', 'ENOENT -2 open /no'],
    ['fs.mkdirSync("/tmp")', 'EEXIST -17 mkdir /tmp'],
    ['fs.rmdirSync("/")', undefined],
    ['fs.renameSync("/no","/x")', 'ENOENT -2 rename /no'],
    ['fs.readdirSync("/no")', 'ENOENT -2 scandir /no'],
    ['fs.symlinkSync("l","/l"),fs.readFileSync("/l")', 'ELOOP -40 open /l'],
    ['fs.writeFileSync("/big", Buffer.alloc(9e6))', 'EDQUOT -122 open /big'],
    ['(()=>{for(let i=0;;i++)fs.writeFileSync("/n"+i,"")})()', 'ENOSPC -28 open'],
    ['fs.closeSync(77)', 'EBADF -9 close'],
  ])('refuses %s as Node does', async (code, expected) => {
    const run = await node([
      '-e',
      `const fs=require("fs"); try { ${code}; console.log("done") } catch (e) { console.log(e.code, e.errno, e.syscall, e.path) }`,
    ])
    expect(run.exitCode).toBe(0)
    if (expected !== undefined) expect(run.stdout).toContain(expected)
  })

  it('reads standard input as a file, a stream and lines', async () => {
    const stdin = 'one\ntwo\n'
    expect(
      (await node(['-p', 'require("fs").readFileSync(0,"utf8").length'], { stdin })).stdout,
    ).toBe('8\n')
    expect(
      (
        await node(
          ['-e', 'let s="";process.stdin.on("data",d=>s+=d).on("end",()=>console.log(s.length))'],
          { stdin },
        )
      ).stdout,
    ).toBe('8\n')
    expect(
      (
        await node(
          [
            '-e',
            'for await (const l of require("readline").createInterface({input:process.stdin})) console.log("<"+l+">")',
          ],
          { stdin },
        )
      ).stdout,
    ).toBe('<one>\n<two>\n')
  })

  it('keeps every value of the environment a text', async () => {
    const code = `process.env.N = 5; process.env['U'] = undefined; Object.assign(process.env, { B: true })
      try { process.env.S = Symbol('s') } catch (error) { console.log(error.name) }
      console.log([process.env.N, process.env.U, process.env.B, { ...process.env }.N, 'N' in process.env])`
    expect((await node(['-e', code])).stdout).toBe(
      "TypeError\n[ '5', 'undefined', 'true', '5', true ]\n",
    )
  })

  it('goes on after an error that a handler took', async () => {
    const code = `process.on('uncaughtException', (error) => console.log('took', error.message))
      setTimeout(() => { throw new Error('one') }, 1); setTimeout(() => console.log('on'), 5)`
    expect(await node(['-e', code])).toMatchObject({ stdout: 'took one\non\n', exitCode: 0 })
  })
})
