import { expect, test } from 'vitest'
import { CpuUsage, MemoryPeak, Threshold } from '../../src/containers/usage.ts'

test('use is the share of the last second or two that calls took', () => {
  const cpu = new CpuUsage(0)
  expect(cpu.percent(0)).toBe(0)
  cpu.add(500, 250)
  expect(cpu.percent(500)).toBe(25)
  expect(cpu.percent(1500)).toBe(12.5)
  expect(cpu.percent(3000)).toBe(0)
})

test('a call longer than the window counts as wholly busy, and never as more', () => {
  const cpu = new CpuUsage(0)
  cpu.add(5000, 5000)
  expect(cpu.percent(5000)).toBe(100)
  cpu.add(5500, 500)
  expect(cpu.percent(5500)).toBe(100)
})

test('a clock that is set back makes nothing less than idle, and counting goes on', () => {
  const cpu = new CpuUsage(10_000)
  cpu.add(10_500, 200)
  expect(cpu.percent(2000)).toBe(20)
  cpu.add(2100, 50)
  expect(cpu.percent(2100)).toBe(25)
  expect(cpu.percent(4100)).toBe(0)
})

test('a threshold tells a rise once', () => {
  const threshold = new Threshold()
  expect([0.5, 0.9, 0.95, 0.7, 0.81].map((share) => threshold.rises(share))).toEqual([
    false,
    true,
    false,
    false,
    true,
  ])
})

test('the peak stays when memory is given back', () => {
  const peak = new MemoryPeak()
  peak.usage({ allocatedBytes: 300, usedBytes: 200 }, 1000)
  expect(peak.usage({ allocatedBytes: 100, usedBytes: 50 }, 1000)).toEqual({
    used: 50,
    allocated: 100,
    peak: 300,
    limit: 1000,
  })
})
