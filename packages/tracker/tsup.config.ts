import { defineConfig } from 'tsup'
import { library } from '../../tsup.base.ts'

export default defineConfig(
  library({
    index: 'src/index.ts',
    'docker/index': 'src/docker/index.ts',
    'store/index': 'src/store/index.ts',
    'http/index': 'src/http/index.ts',
    'contract/index': 'src/contract/index.ts',
    'testing/index': 'src/testing/index.ts',
  }),
)
