import { accessSync, constants } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { chromium, type Browser } from 'playwright-core'

const candidates = [
  process.env['GAESUP_TEST_CHROMIUM'],
  '/usr/bin/chromium',
  '/usr/bin/google-chrome',
]
const chromiumPath = candidates.find((path) => path !== undefined && isExecutable(path))

/** True where the machine has no Chromium; its tests are then skipped, and say so. */
export const chromiumIsAbsent: boolean = chromiumPath === undefined
if (chromiumIsAbsent)
  console.warn('Skipped in Chromium: chromium is not installed (Debian package chromium)')

export const launchChromium = (...args: readonly string[]): Promise<Browser> =>
  chromium.launch({
    executablePath: chromiumPath ?? '',
    args: ['--no-sandbox', '--disable-gpu', ...args],
  })

/** A module with all that it imports as one script for a page. */
export async function bundleForPage(entry: URL): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(entry)],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2023',
  })
  return outputFiles[0]?.text ?? ''
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
