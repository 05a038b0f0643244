import type { EscapeCase } from './case.ts'

const shell = (
  id: string,
  tries: string,
  rest: Pick<EscapeCase, 'program' | 'ends' | 'timeoutMs'>,
): EscapeCase => ({
  id: `sh-${id}`,
  tries,
  language: 'shell',
  ...rest,
})

const held = { held: true } as const

/** Runs each command and says whether it was refused. */
const attempts = (...commands: string[]): string =>
  commands
    .map((command) => `if ${command} >/dev/null 2>&1; then echo ESCAPED; else echo held; fi`)
    .join('\n')

export const shellCases: readonly EscapeCase[] = [
  shell('01', 'reading files of the host', {
    program: attempts(
      'cat /etc/passwd',
      'cat ../../../../etc/passwd',
      'ls /root',
      'cat /proc/1/environ',
      'find / -name shadow | grep shadow',
    ),
    ends: held,
  }),
  shell('02', 'leaving the tree by symlinks', {
    program: attempts(
      '{ ln -s /etc/passwd /tmp/sh-a && cat /tmp/sh-a; }',
      '{ ln -s ../../../../etc /tmp/sh-b && ls /tmp/sh-b/; }',
    ),
    ends: held,
  }),
  shell('03', "reading the host's environment", {
    program: 'if [ -n "$CANARY" ] || env | grep -q CANARY; then echo ESCAPED; else echo held; fi',
    ends: held,
  }),
  shell('04', 'the network', {
    program: attempts(
      'curl -s http://127.0.0.1:PORT/',
      'wget -q http://127.0.0.1:PORT/',
      'exec 3<>/dev/tcp/127.0.0.1/PORT',
      'nc 127.0.0.1 PORT',
    ),
    ends: held,
  }),
  shell('05', 'programs of the host', {
    program: attempts('/usr/bin/apt --version', '/usr/bin/perl -e 1', 'docker ps', 'sudo true'),
    ends: held,
  }),
  shell('06', 'an endless loop', {
    program: 'while true; do :; done',
    ends: { limit: ['time', 'cpu'] },
    timeoutMs: 2000,
  }),
  shell('07', 'an output flood', {
    program: 'while true; do echo xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; done',
    ends: { limit: ['output', 'time'] },
    timeoutMs: 5000,
  }),
  shell('08', 'an endless loop in an interpreter that the shell started', {
    program: "python3 -c 'while True: pass' | cat",
    ends: { limit: ['time'] },
    timeoutMs: 4000,
  }),
  shell('09', 'an evaluation of itself without end', {
    program: `x='eval "$x"'; eval "$x"`,
    ends: { crash: true },
  }),
  shell('10', 'a fork bomb', {
    program: ':(){ :|:& };:',
    ends: { crash: true },
  }),
]
