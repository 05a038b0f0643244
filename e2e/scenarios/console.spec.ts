import AxeBuilder from '@axe-core/playwright'
import { expect, test, type Page } from '@playwright/test'
import { chromium } from '../support/chromium.ts'
import { removeDataDir, startDaemon, type RunningDaemon } from '../support/daemon.ts'

test.skip(chromium.missing !== '', chromium.missing)

let daemon: RunningDaemon

test.beforeEach(async () => {
  daemon = await startDaemon()
})
test.afterEach(async () => {
  await daemon.stop()
  await removeDataDir(daemon.dataDir)
})

const run = (page: Page) => page.getByRole('button', { name: 'Run', exact: true })

async function openFirstFunction(page: Page): Promise<void> {
  await page.goto(daemon.consoleUrl)
  await page.getByRole('button', { name: /Hello Python/ }).click()
  await expect(page).toHaveURL(/\/w\/ws-[^/]+\/f\/fn-/)
  await expect(page.locator('.monaco-editor').first()).toBeVisible()
}

/** One line only: the editor would indent the second as a person's next line. */
async function typeCode(page: Page, code: string): Promise<void> {
  await page.locator('.monaco-editor').first().click()
  await page.keyboard.press('ControlOrMeta+A')
  await page.keyboard.press('Delete')
  await page.keyboard.insertText(code)
}

test('UI-1 an empty installation shows a running function after three clicks', async ({ page }) => {
  await openFirstFunction(page) // one click
  await run(page).click() // two
  await expect(page.getByText('Hello, Gaesup!')).toBeVisible()
  await expect(page.getByText('saying hello to Gaesup')).toBeVisible()
})

test('UI-2 changed code runs, prints, fails with its traceback, and is saved', async ({ page }) => {
  await openFirstFunction(page)
  await typeCode(page, 'def handler(event): print("안녕", event["name"]); return {"sum": 40 + 2}')
  await run(page).click()
  await expect(page.getByText('안녕 Gaesup')).toBeVisible()
  await expect(page.getByText(/"sum": 42/)).toBeVisible()
  await typeCode(page, 'def handler(event): return event["missing"]')
  await run(page).click()
  await expect(page.getByText(/KeyError/).first()).toBeVisible()
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await expect(page.getByRole('button', { name: 'Save', exact: true })).toBeDisabled()
  await page.reload()
  await expect(page.locator('.monaco-editor').first()).toContainText('missing')
})

test('UI-3 a session in the page runs typed commands and keeps files', async ({ page }) => {
  await page.goto(`${daemon.consoleUrl}/sandbox`)
  await page
    .getByRole('button', { name: /Python 3\.12/ })
    .first()
    .click()
  const terminal = page.locator('.xterm')
  await expect(terminal).toBeVisible()
  await terminal.click()
  await page.keyboard.type('python3 -c "print(6 * 7)" > answer.txt\n', { delay: 5 })
  await page.keyboard.type('cat answer.txt && echo done-$((1+1))\n', { delay: 5 })
  await expect(page.locator('.xterm-rows')).toContainText('42')
  await expect(page.locator('.xterm-rows')).toContainText('done-2')
  await expect(page.getByText('answer.txt').last()).toBeVisible()
})

for (const scheme of ['light', 'dark'] as const) {
  for (const locale of ['en-US', 'ko-KR'] as const) {
    test(`UI-4 pages in ${scheme} and ${locale} have no accessibility violations, also in a narrow window`, async ({
      browser,
    }) => {
      const setup = await browser.newPage({ colorScheme: scheme })
      await openFirstFunction(setup)
      await run(setup).click()
      await expect(setup.getByText('Hello, Gaesup!')).toBeVisible()
      const functionPath = new URL(setup.url()).pathname
      await setup.close()
      for (const width of [1280, 390]) {
        const context = await browser.newContext({
          colorScheme: scheme,
          locale,
          viewport: { width, height: 844 },
        })
        const page = await context.newPage()
        for (const path of [
          '/',
          functionPath.split('/f/')[0] ?? '/',
          functionPath,
          '/sandbox',
          '/status',
          '/nowhere',
        ]) {
          await page.goto(daemon.consoleUrl + path)
          await expect(page.getByRole('main')).toBeVisible()
          await page.waitForLoadState('networkidle')
          await expectAccessible(page, path)
          await expectFits(page, path)
        }
        await expect(page.locator('html')).toHaveAttribute('lang', locale.slice(0, 2))
        await context.close()
      }
    })
  }
}

async function expectAccessible(page: Page, path: string): Promise<void> {
  const { violations } = await new AxeBuilder({ page })
    .exclude('.monaco-editor')
    .exclude('.xterm')
    .analyze()
  const found = violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`,
  )
  expect(found, path).toEqual([])
}

/** The page never scrolls sideways. */
async function expectFits(page: Page, path: string): Promise<void> {
  const overflow = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  )
  expect(overflow, path).toBeLessThanOrEqual(0)
}
