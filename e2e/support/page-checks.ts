import AxeBuilder from '@axe-core/playwright'
import { expect, type Page } from '@playwright/test'

/** No axe violations, in the editor and the terminal neither. */
export async function expectAccessible(page: Page, where: string): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze()
  const found = violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`,
  )
  expect(found, where).toEqual([])
}

/** The page never scrolls sideways. */
export async function expectFits(page: Page, where: string): Promise<void> {
  const overflow = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  )
  expect(overflow, where).toBeLessThanOrEqual(0)
}

/** What is English on a page that should be Korean: visible text and what is only read out. */
export async function expectKorean(page: Page, where: string): Promise<void> {
  const english = await page.evaluate(() => {
    const code =
      'code, pre, kbd, time, .mono, .run-note, .lines, .monaco-editor, .xterm, .brand, [aria-hidden=true]'
    // Names of people's own things, and of products.
    const named = 'h1, .cell-name, .crumbs, .card-title, .run-name, .badge, .file-list, option'
    const texts: string[] = []
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const parent = node.parentElement
      if (parent?.closest(`${code}, ${named}, script, style`) === null)
        texts.push(node.textContent ?? '')
    }
    for (const element of document.querySelectorAll('[aria-label], [title], [placeholder]')) {
      if (element.closest(code) !== null) continue
      for (const name of ['aria-label', 'title', 'placeholder'])
        texts.push(element.getAttribute(name) ?? '')
    }
    texts.push(document.title)
    return texts.map((text) => text.trim()).filter((text) => text !== '')
  })
  const suspicious = english.filter((text) => hasEnglishWords(text))
  expect([...new Set(suspicious)], where).toEqual([])
}

/** Words that stand in Latin letters in Korean text, too. */
const names =
  /\b([0-9a-f]{6}|hello|Gaesup|Python|JavaScript|QuickJS-NG|WebAssembly|SQLite|Node|Docker|JSON|API|HTTP|CPU|Hello|English|Shift|Ctrl|Enter|wasm|GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS|MB|kB|ms|s|B|NAME|x-name|UTC|main\.py)\b/g

function hasEnglishWords(text: string): boolean {
  const paths = /(?:\w+:\/)?\/[^\s가-힣]+/g
  return /[A-Za-z]{2,}/.test(text.replaceAll(paths, ' ').replaceAll(names, ' '))
}

/** Sum of the layout shifts of the page so far that no input explains. */
export async function layoutShift(page: Page): Promise<number> {
  return page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        const observer = new PerformanceObserver(() => undefined)
        const read = () => {
          observer.observe({ type: 'layout-shift', buffered: true })
          const sum = observer
            .takeRecords()
            .filter((entry) => 'hadRecentInput' in entry && entry.hadRecentInput === false)
            .reduce((total, entry) => total + ('value' in entry ? Number(entry.value) : 0), 0)
          resolve(sum)
        }
        // What moved last is told with the next frame.
        requestAnimationFrame(() => requestAnimationFrame(read))
      }),
  )
}
