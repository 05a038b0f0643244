import { defineConfig, mergeConfig } from 'vitest/config'
import { tests } from '../../vitest.base.ts'
import app from './vite.config.ts'

export default mergeConfig(
  mergeConfig(app, tests),
  defineConfig({
    test: {
      environment: 'happy-dom',
      setupFiles: ['test/setup.ts'],
    },
  }),
)
