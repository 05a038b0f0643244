import { expect, test } from '@playwright/test'
import { openFirstFunction, useDaemon } from '../support/console.ts'

const daemon = useDaemon()

/** Between a page's questions. */
const roundMs = 5000

test('UI-8 a page that stays open asks for no more than what changed', async ({ page }) => {
  await openFirstFunction(page, daemon().consoleUrl)
  await page.getByRole('button', { name: 'Run', exact: true }).click()
  await expect(page.getByText('Hello, Gaesup!')).toBeVisible()
  const fn = page.url()
  const network = await page.context().newCDPSession(page)
  await network.send('Network.enable')
  let [bytes, asked, answered] = [0, 0, 0]
  network.on('Network.requestWillBeSent', () => (asked += 1))
  network.on('Network.loadingFinished', ({ encodedDataLength }) => {
    bytes += encodedDataLength
    answered += 1
  })
  network.on('Network.loadingFailed', () => (answered += 1))
  await page.clock.install()
  for (const address of [fn.split('/f/')[0] ?? '', `${fn}?tab=runs`]) {
    await page.goto(address)
    await expect(page.getByRole('link', { name: /POST \// })).toBeVisible()
    await page.waitForLoadState('networkidle')
    bytes = 0
    for (let round = 0; round < 3; round += 1) {
      const before = asked
      await page.clock.runFor(roundMs + 300)
      await expect.poll(() => [asked > before, asked - answered]).toEqual([true, 0])
    }
    // Heads of answers without a body; what each of the lists takes once is more than this.
    expect(bytes, address).toBeGreaterThan(0)
    expect(bytes, address).toBeLessThan(4000)
  }
})
