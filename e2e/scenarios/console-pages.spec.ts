import { gzipSync } from 'node:zlib'
import { expect, test, type Browser, type Page } from '@playwright/test'
import { openFirstFunction, useDaemon } from '../support/console.ts'
import { expectAccessible, expectFits, expectKorean, layoutShift } from '../support/page-checks.ts'

const daemon = useDaemon()

/** Every page, with a function that ran and failed and a sandbox session that exists. */
async function preparePages(
  browser: Browser,
  locale: string,
): Promise<Readonly<Record<string, string>>> {
  const page = await browser.newPage({ locale })
  await openFirstFunction(page, daemon().consoleUrl)
  await page.getByRole('button', { name: /^(Run|실행)$/ }).click()
  await expect(page.getByText('Hello, Gaesup!')).toBeVisible()
  const fn = new URL(page.url()).pathname
  await page.goto(`${daemon().consoleUrl}/sandbox`)
  await page
    .getByRole('button', { name: /Python/ })
    .first()
    .click()
  await expect(page).toHaveURL(/session=/)
  await page.close()
  return {
    landing: '/',
    workspace: fn.split('/f/')[0] ?? '/',
    code: fn,
    runs: `${fn}?tab=runs`,
    settings: `${fn}?tab=settings`,
    sandbox: '/sandbox',
    status: '/status',
    nowhere: '/nowhere',
  }
}

async function open(page: Page, path: string): Promise<void> {
  await page.goto(daemon().consoleUrl + path)
  await expect(page.getByRole('main')).toBeVisible()
  await expect(page.locator('[aria-busy=true], .skeleton')).toHaveCount(0)
  await page.waitForLoadState('networkidle')
}

for (const scheme of ['light', 'dark'] as const) {
  for (const locale of ['en-US', 'ko-KR'] as const) {
    test(`UI-4 pages in ${scheme} and ${locale} have no accessibility violations, also in a narrow window`, async ({
      browser,
    }) => {
      test.slow()
      const paths = await preparePages(browser, locale)
      const checkAll = async (width: number) => {
        const context = await browser.newContext({
          colorScheme: scheme,
          locale,
          viewport: { width, height: 844 },
        })
        const page = await context.newPage()
        for (const [name, path] of Object.entries(paths)) {
          await open(page, path)
          await expectAccessible(page, name)
          await expectFits(page, name)
          if (locale === 'ko-KR') await expectKorean(page, name)
          expect(await layoutShift(page), name).toBeLessThan(0.02)
        }
        await expect(page.locator('html')).toHaveAttribute('lang', locale.slice(0, 2))
        await context.close()
      }
      await Promise.all([checkAll(1280), checkAll(390)])
    })
  }

  test(`UI-4 what opens over a page in ${scheme} has no accessibility violations and is Korean`, async ({
    browser,
  }) => {
    const paths = await preparePages(browser, 'ko-KR')
    const context = await browser.newContext({ colorScheme: scheme, locale: 'ko-KR' })
    const page = await context.newPage()
    const check = async (where: string) => {
      await expectAccessible(page, where)
      await expectKorean(page, where)
    }
    await open(page, '/')
    await page.keyboard.press('ControlOrMeta+k')
    await expect(page.getByRole('combobox')).toBeFocused()
    await check('palette')
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: '테마' }).click()
    await check('theme menu')
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: '새 워크스페이스' }).click()
    await check('new workspace')
    await open(page, paths['workspace'] ?? '/')
    await page.getByRole('button', { name: '새 함수' }).click()
    await check('new function')
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: '워크스페이스 작업' }).click()
    await page.getByRole('menuitem', { name: '워크스페이스 삭제' }).click()
    await check('delete workspace')
    await open(page, '/sandbox')
    await page.getByRole('button', { name: /닫기$/ }).click()
    await check('close session')
    await page.getByRole('dialog').getByRole('button', { name: '세션 닫기' }).click()
    await expect(page.getByText('아직 세션이 없습니다')).toBeVisible()
    await check('no session, with a message')
    await context.close()
  })
}

test('UI-10 the first page downloads neither the editor nor the terminal, and little else', async ({
  page,
}) => {
  const scripts = new Map<string, number>()
  page.on('response', async (response) => {
    const { pathname } = new URL(response.url())
    if (pathname.endsWith('.js')) scripts.set(pathname, gzipSync(await response.body()).length)
  })
  await open(page, '/')
  await page.waitForTimeout(500)
  const names = [...scripts.keys()]
  expect(names.filter((name) => /monaco|editor|xterm/.test(name))).toEqual([])
  expect([...scripts.values()].reduce((sum, bytes) => sum + bytes, 0)).toBeLessThan(140_000)
})

test('UI-9 everything is reached and worked with the keyboard alone', async ({ page }) => {
  await page.goto(daemon().consoleUrl)
  await expect(page.getByRole('button', { name: /Hello Python/ })).toBeVisible()
  await page.keyboard.press('Tab')
  await expect(page.getByRole('link', { name: 'Skip to content' })).toBeFocused()
  await page.keyboard.press('Enter')
  await page.keyboard.press('Tab')
  await expect(page.getByRole('button', { name: /Hello Python/ })).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(/\/f\/fn-/)
  await expect(page.locator('.monaco-editor').first()).toBeVisible()
  await page.keyboard.press('ControlOrMeta+Enter')
  await expect(page.getByText('Hello, Gaesup!')).toBeVisible()
  await page.getByRole('tab', { name: 'Code' }).focus()
  await page.keyboard.press('ArrowRight')
  await expect(page.getByRole('tab', { name: 'Runs' })).toBeFocused()
  await expect(page).toHaveURL(/tab=runs/)
  await page.keyboard.press('End')
  await expect(page.getByRole('tab', { name: 'Settings' })).toBeFocused()
  await page.keyboard.press('ControlOrMeta+k')
  await expect(page.getByRole('combobox', { name: 'Go to' })).toBeFocused()
  await page.keyboard.type('status')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { name: 'Status' })).toBeVisible()
  await page.getByRole('button', { name: 'Theme' }).focus()
  await page.keyboard.press('Enter')
  await expect(page.getByRole('menuitemradio', { name: 'System theme' })).toBeFocused()
  await page.keyboard.press('End')
  await page.keyboard.press('Enter')
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark')
  await expect(page.getByRole('button', { name: 'Theme' })).toBeFocused()
})

test('UI-9 a test request is there again after a reload', async ({ page }) => {
  await openFirstFunction(page, daemon().consoleUrl)
  await page.getByRole('textbox', { name: 'Path' }).fill('/orders?id=7')
  await page.getByRole('button', { name: 'Header' }).click()
  await page.getByRole('textbox', { name: 'Name of header 1' }).fill('x-user')
  const body = page.locator('.body-editor .monaco-editor')
  await body.click()
  await page.keyboard.press('ControlOrMeta+A')
  await page.keyboard.press('Delete')
  await page.keyboard.type('{"name": "Mina"}')
  await page.reload()
  await expect(page.getByRole('textbox', { name: 'Path' })).toHaveValue('/orders?id=7')
  await expect(page.getByRole('textbox', { name: 'Name of header 1' })).toHaveValue('x-user')
  await expect(body).toContainText('Mina')
  await page.getByRole('button', { name: 'Run', exact: true }).click()
  await expect(page.getByText('Hello, Mina!')).toBeVisible()
})
