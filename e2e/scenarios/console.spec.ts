import AxeBuilder from '@axe-core/playwright'
import { expect, test, type Page } from '@playwright/test'
import { openFirstFunction, typeCode, useDaemon } from '../support/console.ts'

const daemon = useDaemon()
const run = (page: Page) => page.getByRole('button', { name: 'Run', exact: true })

test('UI-1 an empty installation shows a running function after three clicks', async ({ page }) => {
  await openFirstFunction(page, daemon().consoleUrl) // one click
  await run(page).click() // two
  await expect(page.getByText('Hello, Gaesup!')).toBeVisible()
  await expect(page.getByText('saying hello to Gaesup')).toBeVisible()
})

test('UI-2 changed code runs, prints, fails with its traceback, and is saved', async ({ page }) => {
  await openFirstFunction(page, daemon().consoleUrl)
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

for (const scheme of ['light', 'dark'] as const) {
  for (const locale of ['en-US', 'ko-KR'] as const) {
    test(`UI-4 pages in ${scheme} and ${locale} have no accessibility violations, also in a narrow window`, async ({
      browser,
    }) => {
      const setup = await browser.newPage({ colorScheme: scheme })
      await openFirstFunction(setup, daemon().consoleUrl)
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
          await page.goto(daemon().consoleUrl + path)
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
