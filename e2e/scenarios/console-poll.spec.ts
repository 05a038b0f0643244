import { expect, test } from '@playwright/test'
import { openFirstFunction, useDaemon } from '../support/console.ts'

const daemon = useDaemon()

/** Three rounds of a page's questions. */
const watchedMs = 16_000

test('UI-8 a page that stays open asks for no more than what changed', async ({ page }) => {
  await openFirstFunction(page, daemon().consoleUrl)
  await page.getByRole('button', { name: 'Run', exact: true }).click()
  await expect(page.getByText('Hello, Gaesup!')).toBeVisible()
  const fn = page.url()
  const network = await page.context().newCDPSession(page)
  await network.send('Network.enable')
  let bytes = 0
  network.on('Network.loadingFinished', ({ encodedDataLength }) => (bytes += encodedDataLength))
  for (const address of [fn.split('/f/')[0] ?? '', `${fn}?tab=runs`]) {
    await page.goto(address)
    await expect(page.getByRole('link', { name: /POST \// })).toBeVisible()
    await page.waitForTimeout(2000)
    bytes = 0
    await page.waitForTimeout(watchedMs)
    // Heads of answers without a body; what each of the lists takes once is more than this.
    expect(bytes, address).toBeGreaterThan(0)
    expect(bytes, address).toBeLessThan(4000)
  }
})
