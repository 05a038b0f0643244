import { execFileSync } from 'node:child_process'
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import type { CgroupMeterOptions } from '../../src/docker/cgroup/cgroup-meter.ts'
import { CgroupMeter } from '../../src/docker/cgroup/cgroup-meter.ts'
import {
  countAfter,
  countAt,
  decimalAfter,
  readTraffic,
  sumAfter,
} from '../../src/docker/cgroup/scan.ts'
import {
  containerPath,
  parseCgroupMounts,
  parseMemTotal,
  parseProcCgroup,
} from '../../src/docker/cgroup/text.ts'
import { TrackerError } from '../../src/model/errors.ts'
import { v1Files, v2Files } from './cgroup-files.ts'

describe('kernel files', () => {
  it('finds paths, mount points and the memory of the host', () => {
    expect(parseMemTotal('MemFree: 5 kB\nMemTotal:  2000 kB\n')).toBe(2000 * 1024)
    expect(parseMemTotal('MemTotal: lots\n')).toBe(0)
    expect(parseProcCgroup('5:cpu,cpuacct:/docker/abc\n0::/docker/abc\n').get('cpuacct')).toBe(
      '/docker/abc',
    )
    expect(
      parseCgroupMounts(
        '30 29 0:26 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n31 29 0:27 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n',
      ).get('cpu'),
    ).toBe('/sys/fs/cgroup/cpu')
  })

  it('looks for the hierarchies where they are whole, not where a part of one is shown', () => {
    const mounts = parseCgroupMounts(
      [
        '31 29 0:27 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw',
        '32 29 0:27 /docker/abc /var/lib/abc/cgroup rw - cgroup2 cgroup2 rw',
        '33 29 0:28 /docker/abc /var/lib/abc/memory rw - cgroup cgroup rw,memory',
      ].join('\n'),
    )
    expect(mounts.get('')).toBe('/sys/fs/cgroup')
    expect(mounts.get('memory')).toBeUndefined()
  })

  it.each([
    ['/docker/abc', '/docker/abc'],
    ['/system.slice/docker-abc.scope/init.scope', '/system.slice/docker-abc.scope'],
    ['/docker/abc/docker/abc/x', '/docker/abc'],
    ['/docker/outer/docker/abc', '/docker/outer/docker/abc'],
    ['/', undefined],
    ['/docker/def', undefined],
  ])('takes of %s the part that is the container, %s', (path, own) => {
    expect(containerPath(path, 'abc')).toBe(own)
  })

  it('scans numbers out of bytes as the text of the file has them', () => {
    const name = fc.stringMatching(/^[a-z_]{1,8}$/)
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(name, fc.nat()), { selector: ([n]) => n }), (lines) => {
        const bytes = Buffer.from(lines.map(([key, value]) => `${key} ${value}\n`).join(''))
        for (const [key, value] of lines)
          expect(countAfter(bytes, bytes.length, Buffer.from(`${key} `))).toBe(value)
        expect(countAfter(bytes, bytes.length, Buffer.from('UPPER '))).toBeNaN()
      }),
    )
    const size = Buffer.from('9007199254740991\nleft over 7')
    expect(countAt(size, 0, 17)).toBe(Number.MAX_SAFE_INTEGER)
    expect(countAt(Buffer.from('max\n'), 0, 4)).toBeNaN()
    expect(countAt(Buffer.from('12'), 0, 0)).toBeNaN()
  })

  it('reads averages of pressure to their two digits', () => {
    const averageOf = (text: string) => decimalAfter(Buffer.from(text), text.length, someKey)
    const someKey = Buffer.from('some avg10=')
    fc.assert(
      fc.property(fc.nat(10_000), (hundredths) => {
        const text = `some avg10=${(hundredths / 100).toFixed(2)} avg60=7.77 total=1\nfull avg10=9.00\n`
        expect(averageOf(text)).toBe(hundredths / 100)
      }),
    )
    expect(averageOf('some avg10=1.57 avg60=1.00\n')).toBe(1.57)
    expect(averageOf('full avg10=3.00 avg60=1.00\n')).toBe(0)
    expect(averageOf('some avg10=4 avg60=1.50\n')).toBe(4)
    expect(averageOf('some avg10=')).toBe(0)
  })

  it('sums what every device read, and nothing that merely looks like it', () => {
    const sumOf = (text: string, key: string) =>
      sumAfter(Buffer.from(`${text} Read 7 rbytes=7`), text.length, Buffer.from(key))
    expect(sumOf('8:0 Read 10\n8:0 Write 5\n8:16 Read 1\nTotal 16\n', ' Read ')).toBe(11)
    expect(sumOf('8:0 rbytes=10 wbytes=5 dbytes=9\n8:1 rbytes=1\n', ' rbytes=')).toBe(11)
    expect(sumOf('8:0 Read', ' Read ')).toBe(0)
    expect(sumOf('', ' Read ')).toBe(0)
  })

  it('sums the traffic of every interface but the loopback', () => {
    const sum = (text: string) => {
      const into = { rx: -1, tx: -1 }
      readTraffic(Buffer.from(`${text}  eth9: 7 0 0 0 0 0 0 0 7 0\n`), text.length, into)
      return into
    }
    const head = 'Inter-|   Receive\n face |bytes    packets\n'
    expect(
      sum(
        `${head}    lo: 9 0 0 0 0 0 0 0 9 0\n  eth0: 100 1 0 0 0 0 0 0 200 1\neth1:5 1 0 0 0 0 0 0 6 1\nlo0: 1 0 0 0 0 0 0 0 2 0\n`,
      ),
    ).toEqual({ rx: 106, tx: 208 })
    expect(sum(head)).toEqual({ rx: 0, tx: 0 })
    expect(sum('eth0: broken\neth1: 3 0 0')).toEqual({ rx: 3, tx: 0 })
  })

  const container = { id: 'abc', pid: 7, startedAt: 0, identity: 'abc 0', hostNetwork: false }
  const roots: string[] = []
  afterAll(() => {
    for (const root of roots) rmSync(root, { recursive: true, force: true })
  })
  const place = (files: Readonly<Record<string, string>>): string => {
    const root = mkdtempSync(join(tmpdir(), 'tracker-cgroup-'))
    roots.push(root)
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(join(root, path, '..'), { recursive: true })
      writeFileSync(join(root, path), text)
    }
    return root
  }
  const open = (root: string, more: CgroupMeterOptions = {}) => {
    const options = { procRoot: join(root, 'proc'), cgroupRoot: join(root, 'sys'), ...more }
    const meter = new CgroupMeter(options)
    const located = meter.locate(container)
    if (!located.found) throw new Error(located.reason)
    const write = (name: string, text: string) =>
      writeFileSync(join(root, 'sys/docker/abc', name), text)
    // The meter writes over its answer, so a test that compares two needs copies.
    return { meter, located, write, read: () => ({ ...meter.read(located.cgroup) }) }
  }
  it('measures from a version 2 hierarchy, with pressure', () => {
    const { meter, located, read } = open(place(v2Files))
    expect(located.version).toBe(2)
    expect(read()).toMatchObject({
      cpuUsageNs: 5e6,
      memoryUsage: 700,
      memoryLimit: 2000 * 1024,
      pidsCount: 3,
      blockRead: 11,
      blockWrite: 22,
      periods: 10,
      throttledPeriods: 4,
      oomKills: 2,
      networkRxBytes: 100,
      networkTxBytes: 200,
      pressure: { cpuSome: 1, memorySome: 2, memoryFull: 3, ioSome: 4 },
    })
    meter.close()
    expect(meter.keptFiles).toBe(0)
  })

  it('measures from version 1 hierarchies, with pressure where a version 2 one stands beside them', () => {
    const plain = open(place(v1Files))
    expect(plain.located.version).toBe(1)
    const numbers = {
      cpuUsageNs: 5e6,
      memoryUsage: 700,
      memoryLimit: 2000 * 1024,
      pidsCount: 3,
      blockRead: 0,
      periods: 10,
      throttledPeriods: 4,
      oomKills: 2,
      networkRxBytes: 100,
    }
    expect(plain.read()).toMatchObject({ ...numbers, pressure: undefined })
    const pressure = Object.fromEntries(
      ['cpu', 'memory', 'io'].map((kind) => [
        `sys/docker/abc/${kind}.pressure`,
        'some avg10=1.00 avg60=0\nfull avg10=2.00 avg60=0\n',
      ]),
    )
    expect(open(place({ ...v1Files, ...pressure })).read()).toMatchObject({
      ...numbers,
      pressure: { cpuSome: 1, memorySome: 1, memoryFull: 2, ioSome: 1 },
    })
  })

  it("reads no hierarchy that is not the container's: its counters would be the host's", () => {
    const [cpu = '', ...rest] = (v1Files['proc/7/cgroup'] ?? '').split('\n')
    const elsewhere = rest.join('\n').replaceAll('/docker/abc', '/')
    const host = {
      ...v1Files,
      'sys/memory/memory.usage_in_bytes': '9\n',
      'sys/memory/memory.stat': 'total_inactive_file 1\n',
      'sys/pids/pids.current': '99\n',
    }
    const located = (cgroup: string) => {
      const root = place({ ...host, 'proc/7/cgroup': cgroup })
      const meter = new CgroupMeter({ procRoot: join(root, 'proc'), cgroupRoot: join(root, 'sys') })
      return { meter, found: meter.locate(container) }
    }
    expect(located(`${cpu}\n${elsewhere}`).found).toMatchObject({
      reason: 'its cgroup files cannot be read here',
    })
    const { meter, found } = located(`${cpu}\n4:memory:/docker/abc\n3:pids:/\n`)
    if (!found.found) throw new Error(found.reason)
    expect(meter.read(found.cgroup)).toMatchObject({ memoryUsage: 700, pidsCount: 0 })
  })

  it.each([
    ['2047999', 2_047_999],
    ['2048000', 2_048_000],
    ['2048001', 2_048_000],
    ['max', 2_048_000],
  ])('shows a limit of %s on a host with 2,048,000 bytes as %d', (limit, shown) => {
    const files = { ...v2Files, 'sys/docker/abc/memory.max': `${limit}\n` }
    expect(open(place(files)).read().memoryLimit).toBe(shown)
  })

  it('calls a container whose CPU counter went back one that does not run: it is another', () => {
    const { read, write } = open(place(v2Files))
    expect(read().cpuUsageNs).toBe(5e6)
    write('cpu.stat', 'usage_usec 4999\n')
    expect(read).toThrow(/does not run any more/)
  })

  it('calls a container whose files are gone one that does not run', () => {
    const root = place(v2Files)
    const { meter, located } = open(root, { maxKeptFiles: 0 })
    meter.read(located.cgroup)
    rmSync(root, { recursive: true })
    expect(() => meter.read(located.cgroup)).toThrow(TrackerError)
    expect(meter.keptFiles).toBe(0)
  })

  it('reads the page cache again as soon as memory moves by more than one percent and 256 KiB', () => {
    const { read, write } = open(
      place({ ...v2Files, 'sys/docker/abc/memory.current': '10000000\n' }),
    )
    let cpu = 5000
    const work = () => write('cpu.stat', `usage_usec ${(cpu += 1)}\n`)
    expect(read().memoryUsage).toBe(9_999_700)
    write('memory.stat', 'inactive_file 1000000\n')
    write('memory.current', '10262144\n')
    work()
    expect(read().memoryUsage).toBe(10_261_844)
    write('memory.current', '10262145\n')
    work()
    expect(read().memoryUsage).toBe(9_262_145)
  })

  it('takes a container whose CPU counter stands still for unchanged, and reads on when it moves', () => {
    const { read, write } = open(place(v2Files))
    read()
    write('memory.current', '5000\n')
    expect(read().memoryUsage).toBe(700)
    write('cpu.stat', 'usage_usec 5001\n')
    expect(read().memoryUsage).toBe(4700)
  })

  const later = (ms: number) => {
    const end = performance.now() + ms
    while (performance.now() < end);
  }
  const traffic = (root: string, rx: number) =>
    writeFileSync(join(root, 'proc/7/net/dev'), `eth0: ${rx} 1 0 0 0 0 0 0 200 1\n`)

  it('leaves the traffic of a container that hardly runs alone, and says of when it is', () => {
    const root = place(v2Files)
    const { read, write } = open(root)
    let usec = 5000
    const run = (usecMore: number) => {
      later(6)
      write('cpu.stat', `usage_usec ${(usec += usecMore)}\n`)
    }
    const first = read()
    run(1)
    expect(read()).toMatchObject({ networkRxBytes: 100 })
    traffic(root, 900)
    run(1)
    const unread = read()
    expect(unread.networkRxBytes).toBe(100)
    expect(unread.networkReadAtMs).toBeGreaterThan(first.readAtMs)
    expect(unread.networkReadAtMs).toBeLessThan(unread.readAtMs)
    run(100_000_000)
    const busy = read()
    expect(busy).toMatchObject({ networkRxBytes: 900, networkReadAtMs: busy.readAtMs })
  })

  it('reads traffic each time while there is some, even of a container that stands still', () => {
    const root = place(v2Files)
    const { read } = open(root)
    for (const rx of [100, 200, 300, 300]) {
      traffic(root, rx)
      later(6)
      expect(read().networkRxBytes).toBe(rx)
    }
    traffic(root, 400)
    later(6)
    expect(read().networkRxBytes).toBe(300)
  })

  it('reads throttling each time a limited container ran, so that its rate is of one moment', () => {
    const { read, write } = open(place(v2Files))
    read()
    write('cpu.stat', 'usage_usec 5001\nnr_periods 20\nnr_throttled 9\n')
    expect(read()).toMatchObject({ periods: 20, throttledPeriods: 9 })
  })

  it('refuses the process of somebody else, and a process that is not here', () => {
    const root = place(v2Files)
    const meter = new CgroupMeter({ procRoot: join(root, 'proc'), cgroupRoot: join(root, 'sys') })
    expect(meter.locate({ ...container, id: 'other' })).toMatchObject({
      found: false,
      reason: "process 7 is not the container's",
    })
    expect(meter.locate({ ...container, pid: 8 })).toMatchObject({
      found: false,
      reason: 'process 8 is not on this host',
    })
    rmSync(root, { recursive: true })
  })

  it.each([0, 1, 2, 5])('keeps no more than %d descriptors open when told so', (maxKeptFiles) => {
    const { meter, located, read } = open(place(v2Files), { maxKeptFiles })
    const first = read()
    expect(read()).toEqual({
      ...first,
      readAtMs: expect.any(Number),
      networkReadAtMs: expect.any(Number),
    })
    expect(meter.keptFiles).toBeLessThanOrEqual(maxKeptFiles)
    meter.release(located.cgroup)
    meter.release(located.cgroup)
    expect(meter.keptFiles).toBe(0)
  })

  const canLimit = existsSync('/usr/bin/prlimit')
  if (!canLimit) console.warn('skipped: prlimit is not installed (Debian: util-linux)')
  it.skipIf(!canLimit)(
    'says so when too many files are open, and misses nothing once there is room again',
    () => {
      const { meter, located } = open(place(v2Files), { maxKeptFiles: 0 })
      const held: number[] = []
      const lowest = () => readdirSync('/proc/self/fd').length
      // The limit of this process is lowered, not its files used up: others in it need some too.
      const limit = execFileSync(
        'prlimit',
        ['--pid', String(process.pid), '--nofile', '--output', 'SOFT', '--noheadings'],
        { encoding: 'utf8' },
      )
      execFileSync('prlimit', ['--pid', String(process.pid), `--nofile=${lowest() + 40}:`])
      try {
        expect(() => {
          for (let i = 0; i < 100; i += 1) held.push(openSync('/dev/null', 'r'))
        }).toThrow(/EMFILE/)
        expect(() => meter.read(located.cgroup)).toThrow(/too many files are open/)
      } finally {
        for (const fd of held) closeSync(fd)
        execFileSync('prlimit', ['--pid', String(process.pid), `--nofile=${limit.trim()}:`])
      }
      expect(meter.read(located.cgroup)).toMatchObject({ pidsCount: 3, blockRead: 11 })
    },
  )

  it('reads a network that containers share once, through whichever of them lives', () => {
    const root = place({
      ...v2Files,
      'proc/8/cgroup': '0::/docker/def\n',
      'proc/8/net/dev': 'eth0: 300 1 0 0 0 0 0 0 400 1\n',
      'sys/docker/def/cpu.stat': 'usage_usec 1\n',
      'sys/docker/def/memory.current': '1000\n',
      'sys/docker/def/memory.stat': 'inactive_file 300\n',
    })
    for (const pid of [7, 8]) {
      mkdirSync(join(root, `proc/${pid}/ns`))
      symlinkSync('net:[1]', join(root, `proc/${pid}/ns/net`))
    }
    const { meter, read } = open(root, { maxKeptFiles: 0 })
    const other = meter.locate({ ...container, id: 'def', pid: 8, identity: 'def 0' })
    if (!other.found) throw new Error(other.reason)
    expect(read().networkRxBytes).toBe(100)
    expect(meter.read(other.cgroup).networkRxBytes).toBe(100)
    rmSync(join(root, 'proc/7'), { recursive: true })
    // So much that its traffic is due however late this goes on.
    writeFileSync(join(root, 'sys/docker/def/cpu.stat'), 'usage_usec 100000000\n')
    later(6)
    expect(meter.read(other.cgroup).networkRxBytes).toBe(300)
  })
})
