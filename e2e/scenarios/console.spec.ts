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
