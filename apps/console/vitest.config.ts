import { defineConfig, mergeConfig } from 'vitest/config'
import { tests } from '../../vitest.base.ts'
import app from './vite.config.ts'

export default mergeConfig(
  mergeConfig(app, tests),
  defineConfig({
    test: {
      environment: 'happy-dom',
      // The fake daemon of the tests stands on another port than the page.
      environmentOptions: { happyDOM: { settings: { fetch: { disableSameOriginPolicy: true } } } },
      setupFiles: ['test/setup.ts'],
    },
  }),
)
