import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { defineConfig } from 'tsup'
import { library } from '../../tsup.base.ts'

const require = createRequire(import.meta.url)
/** Of what the compiler's worker carries. */
const licences = ['quickjs-wasi/LICENSE', 'acorn/LICENSE', '@sveltejs/acorn-typescript/LICENSE.md']

// One file without imports each: bundlers that make classic scripts of workers, as Vite does by default, cannot split them.
export default defineConfig(
  library(
    {
      'runtimes/worker': 'src/runtimes/worker.ts',
      'compile/web-worker': 'src/compile/web-worker.ts',
      'abi/component/worker': 'src/abi/component/worker.ts',
    },
    {
      splitting: false,
      clean: false,
      platform: 'neutral',
      // A page has no packages.
      noExternal: [/.*/],
      onSuccess: async () => {
        copyFileSync(require.resolve('quickjs-wasi/quickjs.wasm'), 'dist/compile/quickjs.wasm')
        const texts = licences.map((file) => readFileSync(`node_modules/${file}`, 'utf8'))
        writeFileSync('dist/compile/web-worker.LICENSES.txt', texts.join('\n\n'))
      },
    },
  ),
)
