import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Layout, Report } from './report.ts'

const linux = process.env['GAESUP_TEST_LINUX'] ?? ''
const reasonToSkip = (): string => {
  if (linux === '')
    return 'no kernel to boot: GAESUP_TEST_LINUX is not set (.ci/services installs user-mode-linux)'
  if (!existsSync(linux))
    return `no kernel to boot: ${linux} is not there (Debian: user-mode-linux)`
  try {
    execFileSync(linux, ['--version'], { stdio: 'pipe' })
    return ''
  } catch (error) {
    return `${linux} does not start: ${String(error)}`
  }
}

/** Empty when a kernel can be booted as a process; tests print it and skip otherwise. */
export const linuxAbsent: string = reasonToSkip()
if (linuxAbsent !== '') console.warn(`skipped: ${linuxAbsent}`)

/** The guest gives up and powers off before the host gives up on it. */
const bounds = { guestSeconds: 240, hostMs: 250_000, graceMs: 5000 } as const
/** How long a boot and all that the guest does may take. */
export const bootTimeoutMs: number = bounds.hostMs + 2 * bounds.graceMs
const diskBytes = 32 * 1024 * 1024
const main = fileURLToPath(new URL('guest/main.ts', import.meta.url))

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`

const mounts: Readonly<Record<Layout, string>> = {
  unified: 'mount -t cgroup2 cgroup2 /sys/fs/cgroup',
  hybrid: `mount -t tmpfs tmpfs /sys/fs/cgroup
for controllers in cpu,cpuacct memory pids blkio; do
  mkdir "/sys/fs/cgroup/$controllers"
  mount -t cgroup -o "$controllers" cgroup "/sys/fs/cgroup/$controllers" ||
    echo "Linux $(uname -r) was built without $controllers in version 1" >/run/out/absent
done
mkdir /sys/fs/cgroup/unified && mount -t cgroup2 cgroup2 /sys/fs/cgroup/unified`,
}

/** Process 1 of the guest. Its files are the host's, to be read only; one folder can be written. */
const initOf = (layout: Layout, folder: string): string => `#!/bin/sh
[ $$ = 1 ] || exit 1
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/run
mount -t proc proc /proc && mount -t sysfs sysfs /sys && mount -t tmpfs tmpfs /run
mkdir /run/out && mount -t hostfs -o ${quoted(folder)} none /run/out
(sleep ${bounds.guestSeconds}; echo 'out of time' >>/run/out/log; echo o >/proc/sysrq-trigger) &
${mounts[layout]}
[ -e /run/out/absent ] || ${quoted(process.execPath)} ${quoted(main)} ${layout} >>/run/out/log 2>&1
echo o >/proc/sysrq-trigger
sleep ${bounds.guestSeconds}
`

const endGroup = (pid: number | undefined): void => {
  if (pid !== undefined) process.kill(-pid, 'SIGKILL')
}

/** Starts the kernel and waits for its end. */
const run = async (folder: string): Promise<void> => {
  const init = join(folder, 'init')
  const kernel = ['mem=512M', 'root=/dev/root', 'rootfstype=hostfs', 'rootflags=/', 'ro', 'quiet']
  const own = [`uml_dir=${folder}`, 'umid=kernel', `ubd0=${join(folder, 'disk')}`]
  const child = spawn(linux, [...kernel, ...own, `init=${init}`, 'con=null', 'con0=null,fd:1'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const ended = new Promise<void>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', () => resolve())
  })
  let console = ''
  child.stdout.setEncoding('latin1').on('data', (text: string) => (console += text))
  // Asked, it ends the processes that it is made of; forced, they are ended with it. They are a group of their own.
  const asked = setTimeout(() => child.kill('SIGTERM'), bounds.hostMs)
  const forced = setTimeout(() => endGroup(child.pid), bounds.hostMs + bounds.graceMs)
  const ask = (): void => void child.kill('SIGTERM')
  process.once('exit', ask)
  try {
    await ended
  } finally {
    process.off('exit', ask)
    clearTimeout(asked)
    clearTimeout(forced)
    writeFileSync(join(folder, 'console'), console)
  }
}

const textOf = (path: string): string => (existsSync(path) ? readFileSync(path, 'utf8') : '')

/**
 * Boots a kernel of our own with cgroups mounted in one way, lets the guest look at them, and gives what it found; a text says why the kernel
 * cannot mount them so.
 */
export const bootLinux = async (layout: Layout): Promise<Report | string> => {
  const folder = mkdtempSync(join(tmpdir(), 'tracker-kernel-'))
  try {
    writeFileSync(join(folder, 'init'), initOf(layout, folder), { mode: 0o755 })
    writeFileSync(join(folder, 'disk'), '')
    truncateSync(join(folder, 'disk'), diskBytes)
    await run(folder)
    const absent = textOf(join(folder, 'absent')).trim()
    if (absent !== '') return absent
    const report = textOf(join(folder, 'report.json'))
    if (report === '')
      throw new Error(
        `the guest found nothing.\n${textOf(join(folder, 'log'))}\n${textOf(join(folder, 'console'))}`,
      )
    return JSON.parse(report) as Report
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
