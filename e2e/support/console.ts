import { expect, test, type Page } from '@playwright/test'
import { chromium } from './chromium.ts'
import { removeDataDir, startDaemon, type RunningDaemon } from './daemon.ts'

/** A daemon of its own for every scenario of a file; skipped with the reason where there is no browser. */
export function useDaemon(): () => RunningDaemon {
  test.skip(chromium.missing !== '', chromium.missing)
  let daemon: RunningDaemon | undefined
  test.beforeEach(async () => {
    daemon = await startDaemon()
  })
  test.afterEach(async () => {
    const last = daemon
    daemon = undefined
    await last?.stop()
    if (last !== undefined) await removeDataDir(last.dataDir)
  })
  return () => {
    if (daemon === undefined) throw new Error('The daemon runs only while a scenario does.')
    return daemon
  }
}

export async function openFirstFunction(page: Page, consoleUrl: string): Promise<void> {
  await page.goto(consoleUrl)
  await page.getByRole('button', { name: /Hello Python/ }).click()
  await expect(page).toHaveURL(/\/w\/ws-[^/]+\/f\/fn-/)
  await expect(page.locator('.monaco-editor').first()).toBeVisible()
}

/** Replaces what stands in the first editor. One line only: the editor would indent the second as a person's next line. */
export async function typeCode(page: Page, code: string): Promise<void> {
  await page.locator('.monaco-editor').first().click()
  await page.keyboard.press('ControlOrMeta+A')
  await page.keyboard.press('Delete')
  await page.keyboard.insertText(code)
}

/** Starts a Python session and waits for its prompt. */
export async function openSession(page: Page, consoleUrl: string): Promise<void> {
  await page.goto(`${consoleUrl}/sandbox`)
  await page
    .getByRole('button', { name: /Python 3\.12/ })
    .first()
    .click()
  await expect(page).toHaveURL(/session=/)
  await expect(page.locator('.xterm-rows')).toContainText('/workspace $', { timeout: 45_000 })
}

/** Types into the terminal as a person does. */
export async function typeInTerminal(page: Page, text: string): Promise<void> {
  await page.locator('.xterm').click()
  await page.keyboard.type(text, { delay: 5 })
}
