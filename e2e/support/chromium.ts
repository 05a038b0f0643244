import { accessSync, constants } from 'node:fs'

const candidates = [
  process.env['CHROMIUM_PATH'],
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
].filter((path) => path !== undefined)

const path = candidates.find(isExecutable)

/** The browser that the machine has; Playwright's own download is not used. */
export const chromium = {
  path,
  /** Why there is none; empty when there is one. */
  missing: path === undefined ? 'no Chromium here: install one, or name it in CHROMIUM_PATH' : '',
  flags: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
