import { expect, test, type Page } from '@playwright/test'
import {
  openFirstFunction,
  openSession,
  typeCode,
  typeInTerminal,
  useDaemon,
} from '../support/console.ts'

const daemon = useDaemon()

const code =
  'def handler(event): [print(i, "x" * 80) for i in range(2000)]; return {"n": list(range(3000))}'

test('UI-2 a long answer scrolls in its own place; the page and its buttons stay', async ({
  page,
}) => {
  await page.setViewportSize({ width: 1280, height: 720 })
  await openFirstFunction(page, daemon().consoleUrl)
  await typeCode(page, code)
  await page.keyboard.press('ControlOrMeta+Enter')
  await expect(page.getByRole('group', { name: 'Prints and logs' })).toBeAttached()
  await expectNoScroll(page)
  await expect(page.getByRole('tab', { name: 'Runs' })).toBeInViewport()
  await expect(page.getByRole('button', { name: 'Run', exact: true })).toBeInViewport()
  await page.keyboard.press('ControlOrMeta+S')
  await expect(page.getByText('Code saved')).toBeVisible()
  await page.keyboard.press('ControlOrMeta+Enter')
  await page.getByRole('tab', { name: 'Runs' }).click()
  await expect(page.getByRole('region', { name: 'Response body' })).toBeVisible()
  await expectNoScroll(page)
})

test('UI-3 many files and much output scroll in their own places', async ({ page }) => {
  await page.setViewportSize({ width: 1280, height: 720 })
  await openSession(page, daemon().consoleUrl)
  await typeInTerminal(page, 'for i in $(seq 1 80); do echo line $i; touch file-$i.txt; done\n')
  await expect(page.locator('.xterm-rows')).toContainText('line 80', { timeout: 45_000 })
  await page.getByRole('button', { name: 'Refresh files' }).click()
  await expect(page.getByRole('button', { name: 'Open file-80.txt' })).toBeAttached()
  await expectNoScroll(page)
  await expect(page.locator('.xterm')).toBeInViewport({ ratio: 1 })
})

async function expectNoScroll(page: Page): Promise<void> {
  const overflow = () =>
    page.evaluate(
      () => document.documentElement.scrollHeight - document.documentElement.clientHeight,
    )
  await expect.poll(overflow).toBe(0)
}
