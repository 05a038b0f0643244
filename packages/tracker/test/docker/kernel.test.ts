import { execFileSync, spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createCgroupV2 } from '../../src/docker/cgroup/cgroup-v2.ts'
import { KernelFiles } from '../../src/docker/cgroup/kernel-files.ts'
import { emptyReading } from '../../src/docker/cgroup/reading.ts'
import { readTraffic } from '../../src/docker/cgroup/scan.ts'
import { cgroupFilesOf, linesMissing, v2Files } from './cgroup-files.ts'

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
const text = (path: string) => readFileSync(path, 'latin1').trim()

const tryToMount = (): { readonly mount: string; readonly reason: string } => {
  if (process.platform !== 'linux') return { mount: '', reason: 'this is not Linux' }
  if (process.getuid?.() !== 0)
    return { mount: '', reason: 'mounting a cgroup hierarchy needs root' }
  const mount = mkdtempSync(join(tmpdir(), 'tracker-cg2-'))
  try {
    execFileSync('mount', ['-t', 'cgroup2', 'none', mount], { stdio: 'pipe' })
    return { mount, reason: '' }
  } catch (error) {
    rmdirSync(mount)
    return { mount: '', reason: `cgroup v2 cannot be mounted: ${String(error)}` }
  }
}

/** A mount of our own shows the hierarchy that the host has; the test only adds a group of its own to it. */
const { mount, reason } = tryToMount()
if (reason !== '') console.warn(`skipped: ${reason}`)

describe.skipIf(reason !== '')('cgroup v2 of this kernel', () => {
  const folder = join(mount, `tracker-test-${process.pid}`)
  const burners: ChildProcess[] = []
  let mayBePinned = true
  beforeAll(() => {
    mkdirSync(folder)
    // Two that want the same CPU, so that one of them always waits.
    for (let i = 0; i < 2; i += 1) {
      const burner = spawn('taskset', ['-c', '0', 'sh', '-c', 'while :; do :; done'])
      burner.on('error', () => (mayBePinned = false))
      burners.push(burner)
      if (burner.pid !== undefined) writeFileSync(join(folder, 'cgroup.procs'), String(burner.pid))
    }
  })
  afterAll(async () => {
    for (const burner of burners) burner.kill('SIGKILL')
    for (let attempt = 0; attempt < 100 && text(join(folder, 'cgroup.procs')) !== ''; attempt += 1)
      await sleep(20)
    rmdirSync(folder)
    // Lazily: a monitor in another test may have found this mount and be reading in it.
    execFileSync('umount', ['--lazy', mount])
    rmdirSync(mount)
  })
  const cpuOf = (pid: number) => Number(text(`/proc/${pid}/schedstat`).split(' ')[0])
  const open = () => createCgroupV2(new KernelFiles(64), folder, 123)

  it('counts the CPU time that its processes used, as the scheduler does', async () => {
    const files = open()
    const read = () => [
      files.readCpuNs(),
      burners.reduce((sum, { pid = 0 }) => sum + cpuOf(pid), 0),
    ]
    const [ours = 0, theirs = 0] = read()
    await sleep(1500)
    const [oursLater = 0, theirsLater = 0] = read()
    files.close()
    console.info(
      `cgroup v2 ${((oursLater - ours) / 1e6).toFixed(1)} ms, scheduler ${((theirsLater - theirs) / 1e6).toFixed(1)} ms`,
    )
    expect(oursLater - ours).toBeGreaterThan(100e6)
    expect(Math.abs(oursLater - ours - (theirsLater - theirs))).toBeLessThan(
      (theirsLater - theirs) * 0.02 + 8e6,
    )
  })

  it('has the pressure of processes that wait for a CPU', { timeout: 30_000 }, async (context) => {
    if (!existsSync(join(folder, 'cpu.pressure')))
      context.skip('the kernel has no pressure files (psi=1 switches them on)')
    if (!mayBePinned) context.skip('taskset is not installed (Debian: util-linux)')
    const files = open()
    const reading = emptyReading()
    const pressureOf = () => {
      files.readRest(reading)
      return reading.pressure
    }
    let seen = pressureOf()
    for (let i = 0; i < 40 && (seen?.cpuSome ?? 0) < 5; i += 1) {
      await sleep(250)
      seen = pressureOf()
    }
    files.close()
    console.info(`CPU pressure ${seen?.cpuSome} %, memory ${seen?.memorySome} %`)
    expect(seen?.cpuSome).toBeGreaterThanOrEqual(5)
    expect(seen?.cpuSome).toBeLessThanOrEqual(100)
    expect(seen?.memorySome).toBeLessThan(50)
  })

  it('has pressure files of the format that the other tests assume', (context) => {
    if (!existsSync(join(folder, 'cpu.pressure')))
      context.skip('the kernel has no pressure files (psi=1 switches them on)')
    const files = [...cgroupFilesOf(v2Files)].filter(([name]) => name.endsWith('.pressure'))
    expect(files).toHaveLength(3)
    for (const [name, fixture] of files)
      expect(linesMissing(fixture, text(join(folder, name)))).toEqual([])
  })

  // Memory, processes and what else version 1 has here: a kernel that gives them to version 2 is booted in test/kernel.
})

const namespaceReason = (): string => {
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    return 'a network namespace needs Linux and root'
  try {
    execFileSync('unshare', ['-n', 'ip', 'link', 'show'], { stdio: 'pipe' })
    return ''
  } catch {
    return 'unshare or ip is not installed (Debian: util-linux, iproute2)'
  }
}
const noNamespace = namespaceReason()
if (noNamespace !== '') console.warn(`skipped: ${noNamespace}`)

describe.skipIf(noNamespace !== '')('network counters of this kernel', () => {
  it('are complete for 60 interfaces, which the kernel hands out in several pages', async () => {
    const add = Array.from({ length: 60 }, (_, i) => `ip link add tb${i} type bridge`).join('; ')
    const traffic = 'ip link set lo up; ip link set tb59 up; ip addr add 10.9.8.1/24 dev tb59'
    const script = `${add}; ${traffic}; echo ready; exec sleep 60`
    const holder = spawn('unshare', ['-n', 'sh', '-c', script])
    try {
      await new Promise((resolve) => holder.stdout.once('data', resolve))
      const path = `/proc/${holder.pid}/net/dev`
      const files = new KernelFiles(4)
      const file = files.file(path, 'often')
      for (let attempt = 0; attempt < 2; attempt += 1) {
        const size = file.read()
        expect(size).toBeGreaterThan(4096)
        const lines = files.buffer.toString('latin1', 0, size).trim().split('\n')
        expect(lines).toHaveLength(2 + 1 + 60)
        expect(lines.map((line) => line.split(':')[0]?.trim())).toContain('tb59')
      }
      const sums = { rx: 0, tx: 0 }
      readTraffic(files.buffer, file.read(), sums)
      expect(sums.rx).toBe(0)
      file.close()
    } finally {
      holder.kill('SIGKILL')
    }
  })
})
