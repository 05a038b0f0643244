import { delimiter } from 'node:path'

/** Puts the native engines that `.ci/services` fetched on the PATH; those of the machine come first. */
export function useEngines(): void {
  const folder = process.env['GAESUP_TEST_ENGINES_PATH']
  if (folder === undefined || folder === '') return
  process.env['PATH'] = `${process.env['PATH'] ?? ''}${delimiter}${folder}`
}
