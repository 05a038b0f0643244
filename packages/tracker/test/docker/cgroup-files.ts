/** Files of a host whose process 7 is a container `abc`, as the kernel writes them; `test/kernel` holds their format against a real one. */
export const v2Files: Readonly<Record<string, string>> = {
  'proc/7/cgroup': '0::/docker/abc\n',
  'proc/7/net/dev': 'eth0: 100 1 0 0 0 0 0 0 200 1\n',
  'proc/meminfo': 'MemTotal:  2000 kB\nMemFree: 5 kB\n',
  'sys/docker/abc/cpu.stat': 'usage_usec 5000\nuser_usec 1\nnr_periods 10\nnr_throttled 4\n',
  'sys/docker/abc/memory.current': '1000\n',
  'sys/docker/abc/memory.stat': 'anon 1\ninactive_file 300\n',
  'sys/docker/abc/memory.max': 'max\n',
  'sys/docker/abc/memory.events': 'oom 1\noom_kill 2\n',
  'sys/docker/abc/pids.current': '3\n',
  'sys/docker/abc/io.stat': '8:0 rbytes=10 wbytes=20 rios=1\n8:1 rbytes=1 wbytes=2 rios=1\n',
  'sys/docker/abc/cpu.pressure': 'some avg10=1.00 avg60=0\n',
  'sys/docker/abc/memory.pressure': 'some avg10=2.00 avg60=0\nfull avg10=3.00 avg60=0\n',
  'sys/docker/abc/io.pressure': 'some avg10=4.00 avg60=0\n',
}

/** The same with version 1, and a version 2 hierarchy beside it that has nothing. */
export const v1Files: Readonly<Record<string, string>> = {
  'proc/7/cgroup':
    '5:cpu,cpuacct:/docker/abc\n4:memory:/docker/abc\n3:pids:/docker/abc\n0::/docker/abc\n',
  'proc/7/net/dev': 'eth0: 100 1 0 0 0 0 0 0 200 1\n',
  'proc/meminfo': 'MemTotal:  2000 kB\n',
  'sys/cpuacct/docker/abc/cpuacct.usage': '5000000\n',
  'sys/cpu/docker/abc/cpu.stat': 'nr_periods 10\nnr_throttled 4\nthrottled_time 1\n',
  'sys/memory/docker/abc/memory.usage_in_bytes': '1000\n',
  'sys/memory/docker/abc/memory.stat': 'inactive_file 1\ntotal_inactive_file 300\n',
  'sys/memory/docker/abc/memory.limit_in_bytes': '9223372036854771712\n',
  'sys/memory/docker/abc/memory.oom_control': 'oom_kill_disable 0\nunder_oom 0\noom_kill 2\n',
  'sys/pids/docker/abc/pids.current': '3\n',
}

/** Names and texts of the files of the container's cgroup itself. */
export const cgroupFilesOf = (
  host: Readonly<Record<string, string>>,
): ReadonlyMap<string, string> =>
  new Map(
    Object.entries(host)
      .filter(([path]) => path.startsWith('sys/'))
      .map(([path, text]) => [path.slice(path.lastIndexOf('/') + 1), text]),
  )

/** Lines that are nowhere in a real file, whatever their numbers are. */
export const linesMissing = (fixture: string, real: string): readonly string[] =>
  fixture
    .trim()
    .split('\n')
    .filter((line) => !new RegExp(`^${line.replaceAll(/\d+/g, '\\d+')}`, 'm').test(real))
