/** An attack that is no case of both places: a file below `test`, and how the title of the test in it begins. */
export interface Elsewhere {
  /** Node or Chromium, and why there alone. */
  readonly where: string
  readonly test: readonly [file: string, title: string]
}

const compiler = 'Node: compilers run in threads of Node'
const engine = 'Node: engines are programs of the machine'
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

export const elsewhere: Readonly<Record<string, readonly Elsewhere[]>> = {
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
      where: compiler,
      test: ['compile/limits.test.ts', 'a signal ends the compiler, before and while it runs'],
    },
  ],
  'CompileOptions.timeoutMs': [
    {
      where: compiler,
      test: ['compile/limits.test.ts', 'a compiler that does not finish is ended when time is up'],
    },
  ],
  'CompileOptions.maxSourceBytes': [
    {
      where: compiler,
      test: [
        'compile/limits.test.ts',
        'a source past maxSourceBytes is refused, whether it is counted in letters or in bytes',
      ],
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
    { where: disk, test: ['registry/sha256.property.test.ts', 'hashes what node:crypto hashes'] },
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
  VirtualFiles: 'a tree of files, with tests of its own in `test/files` and `test/wasi`',
}
