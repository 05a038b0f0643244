import { defineConfig } from 'tsup'
import { library } from '../../tsup.base.ts'

export default defineConfig(
  library({
    index: 'src/index.ts',
    'files/index': 'src/files/index.ts',
    'files/host/index': 'src/files/host/index.ts',
    'wasi/index': 'src/wasi/index.ts',
    'process/index': 'src/process/index.ts',
    'process/child': 'src/process/child.ts',
    'process/watchdog': 'src/process/watchdog.ts',
    'registry/index': 'src/registry/index.ts',
    'registry/node/index': 'src/registry/node/index.ts',
    'interpreters/index': 'src/interpreters/index.ts',
    'metrics/index': 'src/metrics/index.ts',
    'compile/index': 'src/compile/index.ts',
    'compile/worker': 'src/compile/worker.ts',
    'network/worker': 'src/network/worker.ts',
    'runtimes/index': 'src/runtimes/index.ts',
    'runtimes/child': 'src/runtimes/child.ts',
  }),
)
