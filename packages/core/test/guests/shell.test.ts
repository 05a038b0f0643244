import { describe, expect, it } from 'vitest'
import { OutputLimitError, type RunGuest } from '../../src/guests/guest.ts'
import { runJavaScript } from '../../src/guests/javascript/run.ts'
import { createShellGuest } from '../../src/guests/shell/shell-guest.ts'
import { freshFiles, runGuest, type GuestRunOptions } from './run-guest.ts'

/** Stands for Python: echoes its arguments and standard input. */
const python3: RunGuest = async (context) => {
  context.write(
    'stdout',
    new TextEncoder().encode(
      `py ${context.argv.slice(1).join(' ')} ${new TextDecoder().decode(context.stdin)}`,
    ),
  )
  context.write('stderr', new TextEncoder().encode('py warning\n'))
  return context.argv.includes('bomb') ? { exitCode: 137, limit: 'memory' } : { exitCode: 5 }
}
const shell = createShellGuest({ python3, node: runJavaScript })
const run = (argv: readonly string[], options?: GuestRunOptions) => runGuest(shell, argv, options)
const sh = (code: string, options?: GuestRunOptions) => run(['sh', '-c', code], options)

describe('the shell', () => {
  it.each([
    ['echo hi | tr a-z A-Z', 'HI\n', 0],
    ['for i in 1 2 3; do echo $i; done | tail -1', '3\n', 0],
    ['exit 9', '', 9],
    ['false && echo no || echo yes', 'yes\n', 0],
    ['x=$(echo sub); echo "$x$((2+3))"', 'sub5\n', 0],
    ['if [ -d /tmp ]; then echo dir; else echo none; fi', 'dir\n', 0],
    ['set -e; false; echo never', '', 1],
    ['set -e; false || true; echo on', 'on\n', 0],
    ['false | true; echo ${PIPESTATUS[0]} $?', '1 0\n', 0],
    [
      'echo out > /tmp/f; echo more >> /tmp/f; cat < /tmp/f; cat /tmp/f | wc -l | tr -d " "',
      'out\nmore\n2\n',
      0,
    ],
    ['read a; read b; echo "$b $a"', 'two one\n', 0],
    ['while read l; do echo "[$l]"; done', '[one]\n[two]\n', 0],
    ['f() { echo "in $1"; return 3; }; f x; echo $?', 'in x\n3\n', 0],
    ['cat <<E\nheredoc $((1+1))\nE', 'heredoc 2\n', 0],
    [
      'echo gone > /dev/null; echo err > /dev/stderr; which ls; /bin/echo path',
      '/usr/bin/ls\npath\n',
      0,
    ],
    ['exec > /tmp/log; echo logged; cat /tmp/log >&2', '', 0],
    ['node -p 6*7', '42\n', 0],
    ['echo "console.log(1+1)" | node | tr 2 3', '3\n', 0],
    ['node -e "process.exit(3)"; echo $?', '3\n', 0],
    ['echo "$(node -p 1)$(node -p 2)"', '12\n', 0],
    ['A=1 node -p process.env.A; export B=2; node -p process.env.B', '1\n2\n', 0],
    ["cd /tmp && node -e \"require('fs').writeFileSync('x','y')\" && cat x", 'y', 0],
    ['echo in | python3 -c code > /tmp/py; echo $?; cat /tmp/py', '5\npy -c code in\n', 0],
    ['case abc in a*) echo a;; *) echo other;; esac', 'a\n', 0],
  ])('runs %s', async (code, stdout, exitCode) => {
    expect(await sh(code, { stdin: 'one\ntwo\n' })).toMatchObject({ stdout, exitCode })
  })

  it('runs scripts, flags, standard input and single utilities', async () => {
    const files = freshFiles({ '/s.sh': '#!/bin/sh\necho "$0 $1 $#"\n', '/data': 'b\na\n' })
    expect(await run(['sh', '/s.sh', 'one', 'two'], { files })).toMatchObject({
      stdout: '/s.sh one 2\n',
    })
    expect(await run(['bash', '-ec', 'false; echo no'])).toMatchObject({ stdout: '', exitCode: 1 })
    expect(await run(['sh', '-c', 'echo $0 $1', 'name', 'arg'])).toMatchObject({
      stdout: 'name arg\n',
    })
    expect(await run(['sh'], { stdin: 'echo from stdin' })).toMatchObject({
      stdout: 'from stdin\n',
    })
    expect(await run(['sort', '/data'], { files })).toMatchObject({ stdout: 'a\nb\n' })
    expect(await run(['grep', '-c', 'a', '/data'], { files })).toMatchObject({ stdout: '1\n' })
    expect(await run(['cat', '/no such; file'])).toMatchObject({ exitCode: 1 })
    expect(await run(['python3', 'x'])).toMatchObject({ exitCode: 5, stderr: 'py warning\n' })
  })

  it.each(['nosuch', 'curl http://a', 'sqlite3 :memory:', 'js-exec x', 'wget a', '$(echo nosuch)'])(
    'answers 127 to %s',
    async (code) => {
      const answer = await sh(code)
      expect(answer.exitCode).toBe(127)
      expect(answer.stderr).toContain('command not found')
    },
  )

  it('answers 127 to an unknown utility and a missing script', async () => {
    expect(await run(['nosuch', 'a'])).toMatchObject({ exitCode: 127 })
    expect(await run(['sh', '/nosuch.sh'])).toMatchObject({ exitCode: 127 })
    expect(await runGuest(createShellGuest(), ['sh', '-c', 'python3 -V'])).toMatchObject({
      exitCode: 127,
    })
  })

  it('sends output on after each statement, in order', async () => {
    const { chunks } = await sh(
      'echo a; echo b >&2; for i in 1 2; do echo $i; done; (echo sub); { echo group; }',
    )
    expect(chunks.map((chunk) => chunk.text)).toEqual([
      'a\n',
      'b\n',
      '1\n',
      '2\n',
      'sub\n',
      'group\n',
    ])
  })

  it('sends the output of node on while it runs', async () => {
    const { chunks } = await sh('node -e "console.log(1);console.log(2)"')
    expect(chunks.map((chunk) => chunk.text)).toEqual(['1\n', '2\n'])
  })

  it('keeps no copy of the files: what one command writes the container has', async () => {
    const answer = await sh(
      'mkdir -p /w/d; echo x > /w/d/f; ln -s f /w/d/l; mv /w/d/f /w/d/g; cp -r /w/d /w/e; rm /w/d/l',
    )
    expect(answer.files.list('/w/d').map((entry) => entry.name)).toEqual(['g'])
    expect(answer.files.exists('/w/e/g')).toBe(true)
  })
})

describe('hostile scripts', () => {
  it.each([
    'f(){ f|f& };f',
    'f(){ f; }; f',
    'f(){ $(f); }; f',
    'echo "sh /l.sh" > /l.sh; sh /l.sh',
    '. /dev/null; echo ". /r.sh" > /r.sh; . /r.sh',
  ])('ends %s harmlessly', async (code) => {
    const answer = await sh(code)
    expect(answer.stdout.length + answer.stderr.length).toBeLessThan(100_000)
    expect(await sh('echo fine')).toMatchObject({ stdout: 'fine\n', exitCode: 0 })
  })

  it('passes the output limit up, from its commands and from node', async () => {
    await expect(
      sh('while true; do echo flood; done', { maxOutputBytes: 2000 }),
    ).rejects.toBeInstanceOf(OutputLimitError)
    await expect(
      sh('node -e "for(;;)console.log(1)"', { maxOutputBytes: 2000 }),
    ).rejects.toBeInstanceOf(OutputLimitError)
  })

  it('ends with the limit that ended a program in it', async () => {
    expect(await sh('python3 bomb; echo never')).toMatchObject({ limit: 'memory', exitCode: 137 })
  })

  it('stops at the quota of the files', async () => {
    const answer = await sh(
      'head -c 9000000 /dev/zero > /tmp/big || true; seq 1 2000000 > /tmp/big; echo $?',
    )
    expect(answer.files.usage().bytes).toBeLessThanOrEqual(8_388_608)
  })

  it.each([
    'cat /etc/passwd',
    'cat ../../../../etc/passwd',
    'ln -s ../../../etc/passwd /l; cat /l',
    'cat /proc/self/environ',
    '. /etc/profile',
  ])('finds nothing of the host in %s', async (code) => {
    const answer = await sh(code)
    expect(answer.exitCode).not.toBe(0)
    expect(answer.stdout).toBe('')
  })

  it('does not let variable names become prototypes', async () => {
    await sh(
      '__proto__=x; declare -A m; m[__proto__]=1; m[constructor]=2; echo ${m[constructor]}; export __proto__; awk \'BEGIN{a["__proto__"]=1}\'; echo \'{"__proto__":{"polluted":1}}\' | jq .',
    )
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })
})
