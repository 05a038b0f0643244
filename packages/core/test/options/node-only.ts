/** Why something is attacked in Node alone, or there besides, and where: a file below `test`, and how the title of the test in it begins. */
export interface NodeOnly {
  readonly why: string
  readonly test: readonly [file: string, title: string]
}

const compiler = 'compilers run in threads of Node'
const engine = 'engines are programs of the machine'
const disk = 'pages have no files of the machine'

/** On a page a module that asks is refused at its start. */
const network = (file: string, title: string): NodeOnly => ({
  why: 'servers are asked by Node alone',
  test: [file, title],
})

export const nodeOnly: Readonly<Record<string, NodeOnly>> = {
  'CompileOptions.signal': {
    why: compiler,
    test: ['compile/limits.test.ts', 'a signal ends the compiler, before and while it runs'],
  },
  'CompileOptions.timeoutMs': {
    why: compiler,
    test: ['compile/limits.test.ts', 'a compiler that does not finish is ended when time is up'],
  },
  'CompileOptions.maxSourceBytes': {
    why: compiler,
    test: [
      'compile/limits.test.ts',
      'a source past maxSourceBytes is refused, whether it is counted in letters or in bytes',
    ],
  },
  'NativeEngine.name': {
    why: engine,
    test: ['runtimes/native.test.ts', 'is not taken by who asks for none'],
  },
  'NativeEngine.command': {
    why: engine,
    test: ['runtimes/native.test.ts', 'tells that an engine %s'],
  },
  'NativeEngine.oldest': {
    why: engine,
    test: ['runtimes/native.test.ts', 'tells that an engine %s'],
  },
  'NativeEngine.hasMemories': {
    why: engine,
    test: [
      'runtimes/native.test.ts',
      'plugins are refused where an engine has one memory only, and components everywhere',
    ],
  },
  'NativeEngine.args': {
    why: engine,
    test: ['runtimes/native.test.ts', 'that sends "%s" fails the start, and is ended'],
  },
  'NativeRuntimeOptions.path': {
    why: engine,
    test: ['runtimes/native.test.ts', 'tells that an engine %s'],
  },
  'NativeRuntimeOptions.startTimeoutMs': {
    why: engine,
    test: [
      'runtimes/native.test.ts',
      'that %s its ready is ended when the time for starting is over',
    ],
  },
  'NetworkAccess.hosts': network(
    'network/containers.test.ts',
    'hosts, redirects, sizes and times that are not allowed end the call',
  ),
  'NetworkAccess.timeoutMs': network(
    'network/perform.test.ts',
    'a server that drips or is silent is left at timeoutMs',
  ),
  'NetworkAccess.maxRequestBytes': network(
    'network/perform.test.ts',
    'an answer ends at maxResponseBytes, a request before maxRequestBytes',
  ),
  'NetworkAccess.maxResponseBytes': network(
    'network/perform.test.ts',
    'an answer ends at maxResponseBytes, a request before maxRequestBytes',
  ),
  'NetworkAccess.maxRedirects': network('network/perform.test.ts', 'redirects in a circle end'),
  'NodePorts.createHash': {
    why: disk,
    test: ['registry/sha256.property.test.ts', 'hashes what node:crypto hashes'],
  },
  'NodePorts.readFile': {
    why: disk,
    test: ['registry/plain-source.test.ts', 'folders, sockets and what is absent are no files'],
  },
  'NodePorts.readFile(options).maxBytes': {
    why: disk,
    test: ['registry/plain-source.test.ts', 'a file resolves where the client may read files'],
  },
  'NodePorts.readFile(options).signal': {
    why: disk,
    test: ['registry/plain-source.test.ts', 'a signal ends the reading of a file'],
  },
}

/** Types that are no options of their own, and why. */
export const closedTypes: Readonly<Record<string, string>> = {
  ContainerSnapshot: 'attacked as a whole by "snapshot and restore"',
  RuntimeAdapter: 'what a host brings itself; each one that is there passes `test/runtimes`',
  SystemFiles: 'a map; what is in it is attacked by "system files"',
  VirtualFiles: 'a tree of files, with tests of its own in `test/files` and `test/wasi`',
}
