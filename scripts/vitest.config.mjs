import { defineConfig, mergeConfig } from 'vitest/config'
import { tests } from '../vitest.base.ts'

export default mergeConfig(
  tests,
  defineConfig({ test: { include: ['test/**/*.test.mjs'], typecheck: { enabled: false } } }),
)
