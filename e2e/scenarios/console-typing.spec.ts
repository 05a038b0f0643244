import { expect, test, type Page } from '@playwright/test'
import { openFirstFunction, useDaemon } from '../support/console.ts'

const daemon = useDaemon()

/** A slow machine: what a person does comes faster than the page is drawn. */
async function slowDown(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page)
  await session.send('Emulation.setCPUThrottlingRate', { rate: 20 })
}

test('UI-2 what was typed last is what runs and what is saved', async ({ page }) => {
  test.slow()
  await openFirstFunction(page, daemon().consoleUrl)
  await page.locator('.monaco-editor').first().click()
  await page.keyboard.press('ControlOrMeta+A')
  await page.keyboard.press('Delete')
  await page.keyboard.insertText('def handler(event): return "before"')
  await expect(page.getByText('unsaved changes').first()).toBeAttached()
  await slowDown(page)
  await page.keyboard.press('ControlOrMeta+A')
  await Promise.all([
    page.keyboard.insertText('def handler(event): return "just typed"'),
    page.keyboard.press('ControlOrMeta+Enter'),
  ])
  const answer = page.getByRole('region', { name: 'Response body' })
  await expect(answer).toContainText('just typed', { timeout: 45_000 })
  await Promise.all([page.keyboard.insertText('  # more'), page.keyboard.press('ControlOrMeta+S')])
  await expect(page.getByText('Code saved')).toBeVisible({ timeout: 45_000 })
  await expect(page.getByText('unsaved changes')).toHaveCount(0, { timeout: 45_000 })
})
