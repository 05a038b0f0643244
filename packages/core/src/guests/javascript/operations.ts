import { createHash, randomFillSync } from 'node:crypto'
import type { VirtualFiles } from '../../files/types.ts'
import {
  bytesArgument,
  numberArgument,
  Refusal,
  textArgument,
  type HostOperations,
  type HostOperation,
} from './bridge.ts'
import { byteOperations } from './byte-operations.ts'
import { fileOperations } from './file-operations.ts'
import { intlOperations } from './intl-operations.ts'
import type { Machine } from './machine.ts'
import type { ModuleFiles } from './module-files.ts'

/** What the operations of one program reach. */
export interface OperationPorts {
  readonly files: VirtualFiles
  readonly modules: ModuleFiles
  readonly stdin: Uint8Array
  readonly memoryLimitBytes: number
  readonly machine: Machine
  /** Text of programs that are no files, by the name their stack frames carry. */
  readonly sources: ReadonlyMap<string, string>
  write(stream: 'stdout' | 'stderr', bytes: Uint8Array): void
  now(): number
  /** Gets the text of an error that ends the program. */
  onReport(report: string): void
  /** Operations besides those of every program. */
  readonly more: readonly [string, HostOperation][]
}

/** At most this many random bytes in one call. */
const maxRandomBytes = 1_048_576

const hashes = new Set(['md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512'])

const systemOperations = (ports: OperationPorts): [string, HostOperation][] => [
  [
    'write',
    ([stream, bytes]) =>
      ports.write(stream === 'stderr' ? 'stderr' : 'stdout', bytesArgument(bytes)),
  ],
  ['now', () => ports.now()],
  ['monotonic', () => performance.now()],
  ['memory', () => ports.machine.memoryBytes()],
  ['memory.limit', () => ports.memoryLimitBytes],
  ['stdin', () => ports.stdin],
  ['source', ([name]) => ports.sources.get(textArgument(name))],
  ['report', ([text]) => ports.onReport(textArgument(text))],
  ['exit', ([code]) => ports.machine.halt({ kind: 'exit', code: numberArgument(code) & 0xff })],
  [
    'random',
    ([count]) => {
      const wanted = numberArgument(count)
      if (!Number.isInteger(wanted) || wanted < 0 || wanted > maxRandomBytes)
        throw new Refusal('ERR_OUT_OF_RANGE')
      return randomFillSync(new Uint8Array(wanted))
    },
  ],
  [
    'hash',
    ([algorithm, bytes]) => {
      const name = textArgument(algorithm)
      if (!hashes.has(name))
        throw new Refusal('ERR_OSSL_EVP_UNSUPPORTED', 'Digest method not supported')
      return new Uint8Array(createHash(name).update(bytesArgument(bytes)).digest())
    },
  ],
]

const moduleOperations = ({ modules }: OperationPorts): [string, HostOperation][] => [
  [
    'module.resolve',
    ([specifier, folder]) => {
      const found = modules.resolve(textArgument(specifier), textArgument(folder), 'require')
      return `${found.path}\n${found.format}`
    },
  ],
  ['module.source', ([path]) => modules.source(textArgument(path))],
]

/** Everything a program can ask of the host, by name. Once the program has to end, every operation is refused. */
export const createOperations = (ports: OperationPorts): HostOperations => {
  const live = ([name, perform]: [string, HostOperation]): [string, HostOperation] => [
    name,
    (args) => {
      if (ports.machine.stop !== undefined) throw new Refusal('ERR_STOPPED')
      return perform(args)
    },
  ]
  return new Map(
    [
      ...systemOperations(ports),
      ...moduleOperations(ports),
      ...fileOperations(ports.files),
      ...byteOperations(ports.memoryLimitBytes),
      ...intlOperations(),
      ...ports.more,
    ].map(live),
  )
}
