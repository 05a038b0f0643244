import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { cgroupFilesOf, linesMissing, v1Files, v2Files } from '../docker/cgroup-files.ts'
import { bootLinux, bootTimeoutMs, linuxAbsent } from './linux.ts'
import type { Compared, Layout, Numbers, Report } from './report.ts'

const mib = 1024 * 1024
const nsPerMs = 1e6
/** What processes need beside the memory that they were told to take. */
const overhead = 4 * mib

/** Of a quiet group everything is the kernel's number; `after` is read last. */
const expectEqual = ({ ours, after }: Compared): void => expect(ours).toEqual(after)

/** Of a busy group what only grows lies between what the kernel said before and after. */
const expectBetween = ({ before, ours, after }: Compared): void => {
  const keys = ['cpuUsageNs', 'periods', 'throttledPeriods'] as const satisfies (keyof Numbers)[]
  for (const key of keys) {
    expect(ours[key]).toBeGreaterThanOrEqual(before[key])
    expect(ours[key]).toBeLessThanOrEqual(after[key])
  }
}

/** What holds of containers whichever version of cgroups a real kernel counts them with. */
export const describeKernel = (layout: Layout): void => {
  const path = layout === 'unified' ? 'cgroup-v2' : 'cgroup-v1'
  describe.skipIf(linuxAbsent !== '')(`containers of a kernel with ${layout} cgroups`, () => {
    let found: Report
    let absent = ''
    beforeAll(async () => {
      const answer = await bootLinux(layout)
      if (typeof answer === 'string') absent = answer
      else found = answer
      console.info(absent || `Linux ${found.kernel}, ${layout}: ${JSON.stringify(found.measured)}`)
    }, bootTimeoutMs)
    beforeEach((context) => {
      if (absent !== '') context.skip(absent)
    })

    it(`are read from ${path}, wherever else parts of the hierarchy are mounted`, () => {
      expect(found.paths).toEqual([path, 'its cgroup files are readable here'])
    })

    it('have the memory that they took, to the byte that the kernel counts', () => {
      expectEqual(found.allocated)
      expect(found.allocated.ours.memoryUsage).toBeGreaterThanOrEqual(48 * mib)
      expect(found.allocated.ours.memoryUsage).toBeLessThan(48 * mib + overhead)
      expect(found.allocated.ours.memoryLimit).toBe(256 * mib)
    })

    it('have no more memory when 16 MiB of a disk come into the page cache', () => {
      expect(found.cached.inactiveFile).toBeGreaterThanOrEqual(16 * mib)
      const { ours, after } = found.cached
      expect(Math.abs(ours.memoryUsage - after.memoryUsage)).toBeLessThan(mib)
      expect(ours.memoryUsage).toBeLessThan(48 * mib + overhead)
    })

    it('have as many processes as were started, without a limit and at it', () => {
      for (const compared of [found.counted, found.bounded]) {
        expectEqual(compared)
        expect(compared.ours.pidsCount).toBe(7)
      }
      expect(found.bounded.refused).toBe(true)
    })

    it('have the bytes that the kernel counted to and from a disk', () => {
      expectEqual(found.transferred)
      // Version 1 counts only where a policy of its own is in force; version 2 counts every byte.
      if (layout === 'unified')
        expect(found.transferred.ours).toMatchObject({ blockRead: 4 * mib, blockWrite: 8 * mib })
    })

    it('have the CPU time and throttling of the kernel at the moment of each reading', () => {
      for (const compared of found.throttled) expectBetween(compared)
      const last = found.throttled.at(-1)?.ours
      expect(last?.periods).toBeGreaterThanOrEqual(5)
      expect(last?.throttledPeriods).toBeGreaterThan(0)
      const msOfPeriod = (last?.cpuUsageNs ?? 0) / nsPerMs / (last?.periods ?? 0)
      // A host that is busy itself gives less than the 20 that the limit allows.
      expect(msOfPeriod).toBeGreaterThan(1)
      expect(msOfPeriod).toBeLessThan(30)
      expectBetween(found.unthrottled)
      expect(found.unthrottled.ours.periods).toBe(0)
    })

    it('have the percent of a CPU that the kernel allows for, and are throttled only by a limit', () => {
      for (const { cpuPercent, atLeast, atMost } of found.measured) {
        expect(cpuPercent).toBeGreaterThan(0)
        expect(cpuPercent).toBeGreaterThanOrEqual(atLeast)
        expect(cpuPercent).toBeLessThanOrEqual(atMost)
      }
      const [held, free] = found.measured
      expect(held?.throttledPercent).toBeGreaterThan(0)
      expect(held?.throttledPercent).toBeLessThanOrEqual(100)
      expect(free?.throttledPercent).toBe(0)
    })

    it('have one kill more when one process wants more memory than all may have', () => {
      expect(found.killed.signal).toBe('SIGKILL')
      expectEqual(found.killed)
      expect(found.killed.ours).toMatchObject({ oomKills: 1, memoryLimit: 32 * mib })
    })

    it('have no higher limit than the memory of the host', () => {
      expectEqual(found.generous)
      expect(found.generous.ours.memoryLimit).toBe(found.counted.ours.memoryLimit)
      expect(found.generous.ours.memoryLimit).toBeLessThan(1024 * mib)
    })

    it('are counted in full when their first process has moved into a group below', () => {
      expectEqual(found.nested)
      expect(found.nested.ours.pidsCount).toBe(4)
    })

    it('do not run any more once they end while they are read, and leave no file open', () => {
      expect(found.ended).toEqual([
        { code: 'NOT_FOUND', filesLeft: 0 },
        { code: 'NOT_FOUND', filesLeft: 0 },
      ])
    })

    it('begin again from zero when recreated in a group of the same name, though nobody said so', () => {
      expect(found.recreated).toHaveLength(2)
      for (const { oldNs, codes, identityChanged, now } of found.recreated) {
        expect(codes).toEqual(['NOT_FOUND'])
        expect(identityChanged).toBe(true)
        expectEqual(now)
        expect(now.ours.cpuUsageNs).toBeLessThan(oldNs)
      }
    })

    it('have files of the format that the other tests of the reader assume', () => {
      const files = cgroupFilesOf(layout === 'unified' ? v2Files : v1Files)
      const missing = [...files].flatMap(([name, text]) =>
        // This kernel is built without pressure; kernel.test.ts holds it against the host's.
        name.endsWith('.pressure') ? [] : linesMissing(text, found.texts[name] ?? ''),
      )
      expect(missing).toEqual([])
      expect(files.size).toBeGreaterThanOrEqual(7)
    })
  })
}
