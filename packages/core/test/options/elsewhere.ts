/** An attack that is no case of both places: a file below `test`, and how the title of the test in it begins. */
export interface Elsewhere {
  /** Node or Chromium, and why there alone. */
  readonly where: string
  readonly test: readonly [file: string, title: string]
}

const assemblyScript = 'Node: AssemblyScript compiles in Node, pages compile scripts'
const engine = 'Node: engines are programs of the machine'
const hashes =
  'Node: what node:crypto hashes for the client; pages hash with code of the package, which is tried in both'
const disk = 'Node: pages have no files of the machine'

/** With real servers, which are others for a page than for Node. */
const servers = (inNode: readonly [file: string, title: string]): readonly Elsewhere[] => [
  { where: 'Node, real servers', test: inNode },
  {
    where: 'Chromium, real servers',
    test: [
      'network/page-cases.ts',
      'what is not listed, redirects, sizes and times end the call, and the container lives on',
    ],
  },
]
const perform = 'network/perform.test.ts'

/** Folders of the machine, by their tests in `test/files/host`. */
const mounts = (file: string, title: string): readonly Elsewhere[] => [
  {
    where: 'Node on Linux: no other place has folders to mount',
    test: [`files/host/${file}`, title],
  },
]
const counted = 'limits.test.ts'

export const elsewhere: Readonly<Record<string, readonly Elsewhere[]>> = {
  'HostFolder.path': [
    ...mounts('escape.test.ts', 'by .. in any place of a path'),
    ...mounts(
      'escape.test.ts',
      'by links of the machine, absolute or relative, to files or folders',
    ),
    ...mounts('escape.test.ts', 'by links that the guest makes, moves or gives a second name'),
    ...mounts('escape.test.ts', 'by links in circles, which end as too many'),
    ...mounts(
      'escape.test.ts',
      'by names: second names and moves over its border are another disk',
    ),
    ...mounts(
      'escape.test.ts',
      'by FIFOs, sockets and devices: they are not opened, made, listed or removed',
    ),
    ...mounts('escape.test.ts', 'by mounts of the kernel: /proc is neither mounted nor entered'),
    ...mounts(
      'escape.test.ts',
      'by names that are none: NUL, no UTF-8, backslashes and names of the system',
    ),
    ...mounts('escape.test.ts', 'by a folder that took the place of the mounted one'),
    ...mounts(
      'escape.test.ts',
      'by a folder that was opened before another took its place, or that was moved out',
    ),
    ...mounts(
      'race.test.ts',
      'another process exchanges folders and links thousands of times: no guest reads or writes outside',
    ),
  ],
  'HostFolder.access': [
    ...mounts('escape.test.ts', 'for writing where it is mounted for reading'),
    ...mounts(
      'escape.test.ts',
      'with rights of another user: new files are private, and set-user programs stay as they are',
    ),
  ],
  'HostFolder.maxBytes': [
    ...mounts(
      counted,
      'counts growth by writing, resizing and holes, and refuses the byte above it',
    ),
    ...mounts(
      counted,
      'gives back what is removed or replaced, but not while it is open or has a second name',
    ),
    ...mounts(counted, 'gives nothing back for what it never took: the folder never grows by more'),
  ],
  'HostFolder.maxEntries': mounts(
    counted,
    'counts files, folders, links and second names, and refuses the one above it',
  ),
  'WasiOptions.mounts': mounts('escape.test.ts', 'by .. in any place of a path'),
  'NetworkAccess.hosts': servers([
    'network/containers.test.ts',
    'hosts, redirects, sizes and times that are not allowed end the call',
  ]),
  'NetworkAccess.timeoutMs': servers([
    perform,
    'a server that drips or is silent is left at timeoutMs',
  ]),
  'NetworkAccess.maxRequestBytes': servers([
    perform,
    'an answer ends at maxResponseBytes, a request before maxRequestBytes',
  ]),
  'NetworkAccess.maxResponseBytes': servers([
    perform,
    'an answer ends at maxResponseBytes, a request before maxRequestBytes',
  ]),
  'NetworkAccess.maxRedirects': servers([perform, 'redirects in a circle end']),
  'CompileOptions.signal': [
    {
      where: assemblyScript,
      test: ['compile/limits.test.ts', 'a signal ends the compiler, before and while it runs'],
    },
  ],
  'CompileOptions.timeoutMs': [
    {
      where: assemblyScript,
      test: ['compile/limits.test.ts', 'a compiler that does not finish is ended when time is up'],
    },
  ],
  'NativeEngine.name': [
    { where: engine, test: ['runtimes/native.test.ts', 'is not taken by who asks for none'] },
  ],
  'NativeEngine.command': [
    { where: engine, test: ['runtimes/native.test.ts', 'tells that an engine %s'] },
  ],
  'NativeEngine.oldest': [
    { where: engine, test: ['runtimes/native.test.ts', 'tells that an engine %s'] },
  ],
  'NativeEngine.hasMemories': [
    {
      where: engine,
      test: [
        'runtimes/native.test.ts',
        'plugins are refused where an engine has one memory only, and components everywhere',
      ],
    },
  ],
  'NativeEngine.hasTailCalls': [
    {
      where: engine,
      test: [
        'runtimes/native.test.ts',
        'modules with tail calls are refused where an engine is not known to take them',
      ],
    },
  ],
  'NativeEngine.args': [
    {
      where: engine,
      test: ['runtimes/native.test.ts', 'that sends "%s" fails the start, and is ended'],
    },
  ],
  'NativeRuntimeOptions.path': [
    { where: engine, test: ['runtimes/native.test.ts', 'tells that an engine %s'] },
  ],
  'NativeRuntimeOptions.startTimeoutMs': [
    {
      where: engine,
      test: [
        'runtimes/native.test.ts',
        'that %s its ready is ended when the time for starting is over',
      ],
    },
  ],
  'NodePorts.createHash': [
    { where: hashes, test: ['registry/sha256.property.test.ts', 'hashes what node:crypto hashes'] },
  ],
  'NodePorts.readFile': [
    {
      where: disk,
      test: ['registry/plain-source.test.ts', 'folders, sockets and what is absent are no files'],
    },
  ],
  'NodePorts.readFile(options).maxBytes': [
    {
      where: disk,
      test: ['registry/plain-source.test.ts', 'a file resolves where the client may read files'],
    },
  ],
  'NodePorts.readFile(options).signal': [
    { where: disk, test: ['registry/plain-source.test.ts', 'a signal ends the reading of a file'] },
  ],
}

/** Types that are no options of their own, and why. */
export const closedTypes: Readonly<Record<string, string>> = {
  ContainerSnapshot: 'attacked as a whole by "snapshot and restore"',
  RuntimeAdapter: 'what a host brings itself; each one that is there passes `test/runtimes`',
  SystemFiles: 'a map; what is in it is attacked by "system files"',
  MountedFiles: 'a folder of the machine; its escapes stand at `HostFolder`',
  VirtualFiles: 'a tree of files, with tests of its own in `test/files` and `test/wasi`',
}
