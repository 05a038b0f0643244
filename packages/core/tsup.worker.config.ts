import { defineConfig } from 'tsup'
import { library } from '../../tsup.base.ts'

// One file without imports: bundlers that make classic scripts of workers, as Vite does by default, cannot split them.
export default defineConfig(
  library({ 'runtimes/worker': 'src/runtimes/worker.ts' }, { splitting: false, clean: false }),
)
