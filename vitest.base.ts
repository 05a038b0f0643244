import type { ViteUserConfig } from 'vitest/config'
import { CountReporter } from './scripts/test-reporter.ts'

/** Real components are slow to start on a small or busy machine, so tests wait far longer than vitest's default. */
export const tests: ViteUserConfig = {
  test: {
    include: ['test/**/*.test.{ts,tsx}'],
    typecheck: { enabled: true, include: ['test/**/*.test-d.ts'], tsconfig: 'tsconfig.json' },
    testTimeout: 90_000,
    hookTimeout: 120_000,
    // vitest stops polling after 1 s, which a busy machine needs for one process to start.
    expect: { poll: { timeout: 20_000 } },
    reporters: ['default', new CountReporter()],
  },
}
