import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { readComponents } from '../components.mjs'
import { root } from '../toolchain.mjs'

const execute = promisify(execFile)
const images = readComponents(root).GAESUP_TEST_LANGUAGE_IMAGES?.split(',')
const without = images ? '' : ' (skipped: .ci/services built no language images)'

/** A program of the language that prints where it runs and as whom. */
const programs = {
  'codebeaker-python': ['python3', '-c', 'import os; print("python", os.getuid(), os.getcwd())'],
  'codebeaker-nodejs': ['node', '-e', 'console.log("nodejs", process.getuid(), process.cwd())'],
  'codebeaker-golang': shell(
    `printf 'package main\\nimport ("fmt"; "os")\\nfunc main() { d, _ := os.Getwd(); fmt.Println("golang", os.Getuid(), d) }' >/tmp/main.go && go run /tmp/main.go`,
  ),
  'codebeaker-dotnet': shell(
    `printf 'class Program { static void Main() { System.Console.WriteLine("dotnet " + System.Environment.GetEnvironmentVariable("ME") + " " + System.IO.Directory.GetCurrentDirectory()); } }' >/tmp/main.cs && mcs -out:/tmp/main.exe /tmp/main.cs && ME=$(id -u) mono /tmp/main.exe`,
  ),
}

describe.skipIf(!images)(`images that run a language${without}`, { timeout: 120_000 }, () => {
  it.each(Object.entries(programs))(
    '%s runs a program read-only, without network, as nobody',
    async (image, program) => {
      const { stdout } = await execute('docker', ['run', ...locked, `${image}:latest`, ...program])
      expect(stdout.trim()).toBe(`${image.replace('codebeaker-', '')} 65534 /workspace`)
    },
  )

  it('cannot reach the network, write its system or become root', async () => {
    const attempt = `(touch /etc/x || (exec 3<>/dev/tcp/1.1.1.1/80) || chown root /tmp) 2>/dev/null && echo escaped || echo held`
    const program = shell(attempt)
    const { stdout } = await execute('docker', ['run', ...locked, 'codebeaker-python', ...program])
    expect(stdout.trim()).toBe('held')
  })
})

const locked =
  '--rm --network=none --read-only --user=65534:65534 --cap-drop=ALL --security-opt=no-new-privileges --pids-limit=128 --memory=512m --tmpfs=/tmp:rw,exec,mode=1777 --env=HOME=/tmp'.split(
    ' ',
  )

function shell(script) {
  return ['bash', '-c', script]
}
