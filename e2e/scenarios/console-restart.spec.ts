import { expect, test } from '@playwright/test'
import { openSession, typeInTerminal, useDaemon } from '../support/console.ts'
import { startDaemon } from '../support/daemon.ts'

const daemon = useDaemon()

test('UI-5 a session goes on in the page that the daemon left in the middle of a command', async ({
  page,
}) => {
  const first = daemon()
  await openSession(page, first.consoleUrl)
  await typeInTerminal(page, 'echo kept > kept.txt\n')
  await expect(page.getByRole('button', { name: 'Open kept.txt' })).toBeVisible()
  await typeInTerminal(page, 'sleep 60\n')
  await expect(page.getByRole('button', { name: 'Stop command' })).toBeVisible()
  await first.kill()
  await expect(page.getByText('Connection lost. Connecting again …')).toBeVisible()
  const [port, sandboxPort] = [first.consoleUrl, first.sandboxUrl].map((url) => new URL(url).port)
  const args = [`--port=${port}`, `--sandbox-port=${sandboxPort}`]
  const second = await startDaemon({ dataDir: first.dataDir, args })
  try {
    await expect(page.getByText('Connected', { exact: true })).toBeVisible()
    await expect(page.locator('.xterm-rows')).toContainText('(CONNECTION_CLOSED)')
    // The list of files comes back by itself, too.
    await page.waitForTimeout(1500)
    await expect(page.locator('.error-panel')).toHaveCount(0)
    await typeInTerminal(page, 'cat kept.txt\n')
    await expect(page.locator('.xterm-rows')).toContainText('kept', { timeout: 45_000 })
    await expect(page.getByRole('button', { name: 'Open kept.txt' })).toBeVisible()
  } finally {
    await second.stop()
  }
})
