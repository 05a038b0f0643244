import { expect, test, type Page } from '@playwright/test'
import { connect, type BareClient } from '../support/bare-client.ts'
import { openSession, typeCode, typeInTerminal, useDaemon } from '../support/console.ts'

const daemon = useDaemon()
const rows = (page: Page) => page.locator('.xterm-rows')
const editor = (page: Page) => page.locator('.monaco-editor').first()
const sessionId = (page: Page) => new URL(page.url()).searchParams.get('session') ?? ''

const ended = (page: Page) =>
  page.getByRole('status').filter({ hasText: 'This session has ended.' })

/** A second client of the same daemon, as another program would be. */
async function elsewhere<Value>(use: (client: BareClient) => Promise<Value>): Promise<Value> {
  const client = await connect(daemon().sandboxUrl)
  const value = await use(client)
  client.close()
  return value
}

test('UI-3 a session in the page runs typed commands and keeps files', async ({ page }) => {
  await openSession(page, daemon().consoleUrl)
  await typeInTerminal(page, 'python3 -c "print(6 * 7)" > answer.txt\n')
  await typeInTerminal(page, 'cat answer.txt && echo done-$((1+1))\n')
  await expect(rows(page)).toContainText('42')
  await expect(rows(page)).toContainText('done-2')
  await expect(page.getByText('answer.txt').last()).toBeVisible()
})

test('UI-5 a session that is closed elsewhere leaves its code and output, and its code goes on in a new one', async ({
  page,
}) => {
  await openSession(page, daemon().consoleUrl)
  await typeInTerminal(page, 'echo first-$((40+2))\n')
  await expect(rows(page)).toContainText('first-42')
  await typeCode(page, 'print("kept " * 3)')
  await elsewhere((client) => client.call('session.close', { sessionId: sessionId(page) }))
  await expect(ended(page)).toBeVisible()
  await expect(rows(page)).toContainText('first-42')
  await expect(editor(page)).toContainText('kept')
  await page.reload()
  await expect(ended(page)).toBeVisible()
  await expect(rows(page)).toContainText('first-42')
  await expect(editor(page)).toContainText('kept')
  const before = sessionId(page)
  await page.getByRole('button', { name: 'New session with this code' }).click()
  await expect(page).not.toHaveURL(new RegExp(before))
  await page.getByRole('button', { name: 'Run main.py' }).click()
  await expect(rows(page)).toContainText('kept kept kept')
})

test('UI-5 unsaved code and the terminal are there after a reload, and closing names what would be lost', async ({
  page,
}) => {
  await openSession(page, daemon().consoleUrl)
  await typeInTerminal(page, 'echo still-$((1+1))\n')
  await expect(rows(page)).toContainText('still-2')
  await typeCode(page, 'print("draft")')
  await page.reload()
  await expect(editor(page)).toContainText('draft')
  await expect(rows(page)).toContainText('still-2')
  await page.getByRole('button', { name: /^Close / }).click()
  await expect(page.getByRole('dialog')).toContainText('main.py')
  await page.getByRole('button', { name: 'Cancel' }).click()
  await expect(editor(page)).toContainText('draft')
})

test('UI-5 the output of a command goes on while another session is shown', async ({ page }) => {
  await openSession(page, daemon().consoleUrl)
  const first = sessionId(page)
  await typeInTerminal(page, 'python3 -c "import time; time.sleep(2); print(20 + 3)"\n')
  await page.getByRole('button', { name: 'New session' }).click()
  await page.getByRole('menuitem', { name: /JavaScript/ }).click()
  await expect(page).not.toHaveURL(new RegExp(first))
  await page.locator(`a[href*="${first}"]`).click()
  await expect(rows(page)).toContainText('23')
  await typeInTerminal(page, 'echo on-$((1+1))\n')
  await expect(rows(page)).toContainText('on-2')
})

test('UI-6 a paste of several lines is one entry that Enter runs, and Shift+Enter begins a line', async ({
  page,
}) => {
  await openSession(page, daemon().consoleUrl)
  await page.locator('.xterm').click()
  await paste(page, 'echo one-$((1+0))\r\necho two-$((1+1))\necho three-$((1+2))\n')
  await expect(rows(page)).toContainText('> echo three-')
  await expect(rows(page)).not.toContainText('one-1')
  await page.keyboard.press('Enter')
  await expect(rows(page)).toContainText('one-1')
  await expect(rows(page)).toContainText('two-2')
  await expect(rows(page)).toContainText('three-3')
  await page.keyboard.type('echo four-$((2+2))', { delay: 5 })
  await page.keyboard.press('Shift+Enter')
  await page.keyboard.type('echo five-$((2+3))', { delay: 5 })
  await expect(rows(page)).not.toContainText('four-4')
  await page.keyboard.press('Enter')
  await expect(rows(page)).toContainText('four-4')
  await expect(rows(page)).toContainText('five-5')
})

/** What the browser does when a person pastes into the focused element. */
async function paste(page: Page, text: string): Promise<void> {
  await page.evaluate((pasted) => {
    const data = new DataTransfer()
    data.setData('text/plain', pasted)
    document.activeElement?.dispatchEvent(
      new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }),
    )
  }, text)
}

test('UI-7 sessions are told apart by their first command and age, and many fit a narrow window', async ({
  browser,
}) => {
  await elsewhere(async (client) => {
    for (let index = 0; index < 24; index++)
      await client.call('session.create', { language: index % 2 === 0 ? 'python' : 'javascript' })
  })
  const page = await browser.newPage({ viewport: { width: 390, height: 844 } })
  await page.goto(`${daemon().consoleUrl}/sandbox`)
  await expect(page.locator('.xterm-rows')).toContainText('/workspace $', { timeout: 45_000 })
  await typeInTerminal(page, 'echo hello\n')
  const row = page.locator('.session-row').first()
  await expect(row).toContainText('echo hello')
  await expect(row).toContainText('JavaScript')
  await expect(row.locator('time')).toHaveAttribute('datetime', /T/)
  await expect(page.locator('.session-row')).toHaveCount(24)
  const titles = await page.locator('.session-title').allTextContents()
  expect(new Set(titles).size).toBe(24)
  const [list, run] = await Promise.all([
    page.locator('.session-rows').boundingBox(),
    page.getByRole('button', { name: 'Run main.js' }).boundingBox(),
  ])
  expect(list?.height).toBeLessThan(300)
  expect(run?.y).toBeLessThan(844)
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390)
  await page.close()
})
