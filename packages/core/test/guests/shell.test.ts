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
    ['set -u; echo "${X:-d}" "${X:-}" "${X:+e}" "${HOME:-f}"', 'd   /workspace\n', 0],
    ['set -u; echo a; echo $NONE; echo b', 'a\n', 1],
    ['set -euo pipefail; false | true; echo never', '', 1],
    ["echo a b | xargs -n1 echo; echo c | xargs -I{} echo '<{}>'", 'a\nb\n<c>\n', 0],
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

  it.each([
    ['pip install requests', 'pip', 'packages cannot be installed'],
    ['npm install x', 'npm', 'packages cannot be installed'],
    ['git status', 'git', 'no version control'],
    ['curl http://a', 'curl', 'the network is off in this sandbox'],
    ['gcc a.c', 'gcc', 'Python, JavaScript and the shell'],
    ['echo a | xargs wget', 'wget', 'the network is off in this sandbox'],
  ])('says why %s cannot be', async (code, name, reason) => {
    const answer = await sh(`${code} 2>&1; echo "[$?]"; which ${name} || echo none`)
    expect(answer.stdout).toContain(`bash: ${name}: command not found\n${name}: `)
    expect(answer.stdout).toContain(reason)
    expect(answer.stdout).toMatch(/\[127\]\nnone\n$/)
  })

  it('lets a script define what is not here', async () => {
    expect((await sh('git() { echo "own $1"; }; git log')).stdout).toBe('own log\n')
  })

  it.each([
    ['python3', 'py ./s a b ', 5],
    ['node', "./s [ 'a', 'b' ]\n", 0],
    ['sh', 'sh ./s a b\n', 3],
    ['bash', 'sh ./s a b\n', 3],
  ])('starts a file by a first line of %s', async (interpreter, stdout, exitCode) => {
    const text = { python3: '', node: 'console.log("./s", process.argv.slice(2))' }[interpreter]
    const files = freshFiles({
      '/s': `#!/usr/bin/env ${interpreter}\n${text ?? 'echo sh $0 $@; exit 3'}\n`,
      '/t': `#!/bin/${interpreter}\n${text ?? 'echo sh ./s $@; exit 3'}\n`,
    })
    for (const code of ['./s a b', '"./s" a b; exit $?', 'D=.; $D/s a b', 'exec 3>&1; ./s a b'])
      expect(await sh(code, { files }), code).toMatchObject({ stdout, exitCode })
    expect(await run(['./s', 'a', 'b'], { files })).toMatchObject({ stdout, exitCode })
    expect(
      (await sh('echo a b | xargs ./s; ./t a b | cat; x=$(./s a b); echo "$x"', { files })).stdout,
    ).toContain(stdout.trimEnd())
  })

  it.each([
    ['./none', 127, 'bash: ./none: No such file or directory\n'],
    ['/tmp', 126, 'bash: /tmp: Is a directory\n'],
    ['./ruby', 127, "/usr/bin/env: 'ruby': No such file or directory\n"],
    ['./perl', 126, 'bash: ./perl: /usr/bin/perl: bad interpreter: No such file or directory\n'],
    ['./elf', 126, 'bash: ./elf: cannot execute binary file: Exec format error\n'],
    ['./again', 254, 'bash: fork: retry: Resource temporarily unavailable\n'],
  ])('does not start %s', async (code, exitCode, stderr) => {
    const files = freshFiles({
      '/tmp/x': '',
      '/ruby': '#!/usr/bin/env ruby\n',
      '/perl': '#!/usr/bin/perl -w\n',
      '/elf': '\u007fELF\u0000',
      '/again': '#!/bin/sh\n./again\n',
    })
    expect(await sh(code, { files })).toMatchObject({ exitCode, stderr })
  })

  it('gives a started script its own variables and folder, and what is exported', async () => {
    const files = freshFiles({ '/d/s.sh': '#!/bin/sh\necho "[$A][$B][$PWD]"; B=changed; cd /\n' })
    const answer = await sh('A=1; export B=2; cd /d; ./s.sh; echo $B $PWD', { files })
    expect(answer.stdout).toBe('[][2][/d]\n2 /d\n')
  })

  it('sends the output of a started program on while it runs', async () => {
    const files = freshFiles({ '/s.js': '#!/usr/bin/env node\nconsole.log(1);console.log(2)\n' })
    expect((await sh('./s.js', { files })).chunks.map((chunk) => chunk.text)).toEqual([
      '1\n',
      '2\n',
    ])
  })

  it('lists folders with their times, and programs as such', async () => {
    const files = freshFiles({ '/w/d/f': '', '/w/run.sh': '#!/bin/sh\n', '/w/plain': 'x' })
    files.touch('/w', 0, Date.UTC(2024, 1, 29, 12, 30))
    const { stdout } = await sh('ls -la /w', { files })
    expect(stdout).toMatch(/^drwx.* Feb 29 12:30 \.$/m)
    expect(stdout).not.toMatch(/Jan {2}1 00:00 \.$/m)
    expect(stdout).toMatch(/^-rwxr-xr-x .* run\.sh$/m)
    expect(stdout).toMatch(/^-rw-r--r-- .* plain$/m)
    expect(stdout).toMatch(/^drwx.* d$/m)
    expect((await sh('ls -lF /w', { files })).stdout).toMatch(/ d\/$/m)
  })

  it('keeps the folders that a session begins in', async () => {
    const files = freshFiles({ '/workspace/a/b': '', '/tmp/c': '', '/other/d': '' })
    const answer = await sh('rm -rf /workspace /tmp/ /other; echo $?; rm -rf /; echo $?', { files })
    expect(answer.stdout).toBe('1\n1\n')
    expect(answer.stderr).toContain("rm: cannot remove '/workspace': Device or resource busy\n")
    expect(answer.stderr).toContain("rm: it is dangerous to operate recursively on '/'\n")
    expect(files.list('/').map(({ name }) => name)).toEqual(['workspace', 'tmp'])
    expect([...files.list('/workspace'), ...files.list('/tmp')]).toEqual([])
  })

  it('shows the environment of a program and nothing of the shell itself', async () => {
    const { stdout } = await sh('A=own; export B=out; env | sort', {
      cwd: '/tmp',
      files: freshFiles({ '/tmp/x': '' }),
    })
    expect(stdout).toBe(
      'B=out\nHOME=/workspace\nLANG=C.UTF-8\nOLDPWD=/tmp\nPATH=/usr/local/bin:/usr/bin:/bin\nPWD=/tmp\n',
    )
    expect((await sh('printenv B; B=2 printenv B; uname -sm; id -u; nproc')).stdout).toBe(
      '2\nWASI wasm32\n1000\n1\n',
    )
  })

  it('says as bash does that a folder is not there', async () => {
    const answer = await sh('echo x > none/file; echo $?; echo y >> none/file')
    expect(answer).toMatchObject({ stdout: '1\n', exitCode: 1 })
    expect(answer.stderr).toBe('bash: /none/file: No such file or directory\n'.repeat(2))
  })

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
