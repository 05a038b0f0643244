import { expect, test, type Page } from '@playwright/test'
import {
  openFirstFunction,
  openSession,
  typeCode,
  typeInTerminal,
  useDaemon,
} from '../support/console.ts'

const daemon = useDaemon()

/**
 * Milliseconds of CPU that the page's thread takes until it has drawn what the step changed: how fluid it is on a machine
 * that does nothing else.
 */
async function timeToPaint(page: Page, step: () => Promise<void>): Promise<number> {
  const session = await page.context().newCDPSession(page)
  await session.send('Performance.enable', { timeDomain: 'threadTicks' })
  const worked = async (): Promise<number> => {
    const { metrics } = await session.send('Performance.getMetrics')
    return 1000 * (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN)
  }
  const start = await worked()
  await step()
  await page.evaluate(
    () => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))),
  )
  const took = (await worked()) - start
  await session.detach()
  // Nothing is drawn for nothing.
  expect(took).toBeGreaterThan(0)
  return took
}

async function post(path: string, body: unknown): Promise<{ readonly id: string }> {
  const response = await fetch(daemon().consoleUrl + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  expect(response.status).toBe(201)
  return (await response.json()) as { id: string }
}

test('UI-8 two thousand functions are listed in their natural order, found, and scrolled fluidly', async ({
  page,
}) => {
  const { id } = await post('/api/workspaces', { name: 'Many' })
  const code = Buffer.from('def handler(event):\n    return {}\n').toString('base64')
  const numbers = Array.from({ length: 2000 }, (_, index) => index + 1)
  while (numbers.length > 0) {
    await Promise.all(
      numbers.splice(0, 25).map((number) =>
        post(`/api/workspaces/${id}/functions`, {
          name: `fn-${number}`,
          runtime: 'Python 3.12',
          httpMethods: ['POST'],
          code,
        }),
      ),
    )
  }
  await page.goto(`${daemon().consoleUrl}/w/${id}`)
  const names = page.locator('.cell-name a')
  await expect(names.first()).toHaveText('fn-1')
  expect((await names.allTextContents()).slice(0, 10)).toEqual(
    Array.from({ length: 10 }, (_, index) => `fn-${index + 1}`),
  )
  expect(await page.locator('tbody tr').count()).toBeLessThan(120)
  await expect(page.getByRole('table')).toHaveAttribute('aria-rowcount', '2001')
  const scrolled = await timeToPaint(page, () =>
    page.evaluate(() => window.scrollTo(0, document.body.scrollHeight / 2)),
  )
  await expect(names.first()).not.toHaveText('fn-1')
  await page.evaluate(() => window.scrollTo(0, document.body.scrollHeight))
  await expect(page.getByRole('link', { name: 'fn-2000' })).toBeVisible()
  await page.evaluate(() => window.scrollTo(0, 0))
  const typed = await timeToPaint(page, () =>
    page.getByRole('searchbox', { name: 'Search functions' }).fill('1999'),
  )
  await expect(names).toHaveText(['fn-1999'])
  test.info().annotations.push({
    type: 'ms',
    description: `scroll ${Math.round(scrolled)}, search ${Math.round(typed)}`,
  })
  expect(scrolled).toBeLessThan(1000)
  expect(typed).toBeLessThan(2000)
})

test('UI-8 ten thousand printed lines stay fluid beside the code and in the terminal', async ({
  page,
}) => {
  await openFirstFunction(page, daemon().consoleUrl)
  await typeCode(page, 'def handler(event): print("\\n".join(f"line {n}" for n in range(10000)))')
  await page.getByRole('button', { name: 'Run', exact: true }).click()
  const lines = page.getByRole('group', { name: 'Prints and logs' })
  await expect(lines).toContainText('line 0')
  expect(await lines.locator('li').count()).toBeLessThan(200)
  const scrolled = await timeToPaint(page, () =>
    lines.evaluate((box) => box.scrollTo(0, box.scrollHeight)),
  )
  await expect(lines).toContainText('line 9999')
  expect(scrolled).toBeLessThan(1000)

  await openSession(page, daemon().consoleUrl)
  await typeInTerminal(
    page,
    'python3 -c "print(*range(10000), sep=chr(10)); print(40 + 2, 7 * 6)"\n',
  )
  await expect(page.locator('.xterm-rows')).toContainText('42 42')
  const drawn = await timeToPaint(page, () => page.keyboard.type('echo fluid'))
  await expect(page.locator('.xterm-rows')).toContainText('echo fluid')
  expect(drawn).toBeLessThan(2000)
  await page.locator('.xterm').hover()
  const back = await timeToPaint(page, () => page.mouse.wheel(0, -3000))
  await expect(page.locator('.xterm-rows')).not.toContainText('echo fluid')
  expect(back).toBeLessThan(1000)
})
