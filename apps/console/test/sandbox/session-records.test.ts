import { describe, expect, it } from 'vitest'
import {
  openSessionRecords,
  type SessionRecord,
} from '../../src/pages/sandbox/records/session-records.ts'

/** A browser's storage with room for `limit` characters. */
function createStorage(limit = Number.POSITIVE_INFINITY): Storage {
  const items = new Map<string, string>()
  const size = () => [...items].reduce((sum, [key, value]) => sum + key.length + value.length, 0)
  return {
    get length() {
      return items.size
    },
    key: (index) => [...items.keys()][index] ?? null,
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => {
      const before = items.get(key)
      items.set(key, value)
      if (size() <= limit) return
      if (before === undefined) items.delete(key)
      else items.set(key, before)
      throw new DOMException('full', 'QuotaExceededError')
    },
    removeItem: (key) => void items.delete(key),
    clear: () => items.clear(),
  }
}

function open(storage: Storage) {
  let now = 0
  let due: (() => void) | undefined
  const records = openSessionRecords({
    storage,
    now: () => ++now,
    after: (_ms, run) => {
      due = run
      return () => void (due = undefined)
    },
  })
  return { records, tick: () => due?.() }
}

const start: Omit<SessionRecord, 'changedAt'> = {
  language: 'python',
  runtime: 'Python 3.12',
  engine: 'wasm',
  transcript: 'hello\r\n',
  draft: { open: { path: '/workspace/main.py', text: 'x = 1', saved: 'x = 1' }, aside: [] },
}
const typed = { open: { path: '/workspace/main.py', text: 'x = 2', saved: 'x = 1' }, aside: [] }

describe('session records', () => {
  it('are there again after a reload', () => {
    const storage = createStorage()
    const { records, tick } = open(storage)
    records.begin('a', start)
    records.change('a', { draft: typed, firstCommand: 'ls' })
    tick()
    const reloaded = open(storage).records
    expect(reloaded.find('a')).toMatchObject({ ...start, draft: typed, firstCommand: 'ls' })
    expect(reloaded.find('b')).toBeUndefined()
  })

  it('are stored at once when the page goes', () => {
    const storage = createStorage()
    const { records } = open(storage)
    records.begin('a', start)
    expect(storage.length).toBe(0)
    records.flush()
    expect(open(storage).records.find('a')?.transcript).toBe('hello\r\n')
  })

  it('stay as they are when begun again', () => {
    const { records } = open(createStorage())
    records.begin('a', start)
    records.change('a', { draft: typed })
    records.begin('a', start)
    expect(records.find('a')?.draft).toEqual(typed)
  })

  it('give the transcript up before the code when the storage is nearly full, and say when even that fails', () => {
    const storage = createStorage(600)
    const { records } = open(storage)
    records.begin('a', { ...start, transcript: 'y'.repeat(1000) })
    records.flush()
    expect(records.safe()).toBe(true)
    expect(open(storage).records.find('a')).toMatchObject({ draft: start.draft, transcript: '' })
    const huge = { open: { ...typed.open, text: 'z'.repeat(1000) }, aside: [] }
    records.change('a', { draft: huge })
    records.flush()
    expect(records.safe()).toBe(false)
    expect(records.find('a')?.draft).toEqual(huge)
    records.change('a', { draft: typed, transcript: '' })
    records.flush()
    expect(records.safe()).toBe(true)
  })

  it('make room by age when there are more than thirty', () => {
    const storage = createStorage()
    const { records } = open(storage)
    for (let index = 0; index < 35; index++) {
      records.begin(`s${index}`, start)
      records.flush()
    }
    const reloaded = open(storage).records
    expect(storage.length).toBe(30)
    expect(reloaded.find('s4')).toBeUndefined()
    expect(reloaded.find('s5')).toBeDefined()
  })

  it('ignore what is no record of this version', () => {
    const storage = createStorage()
    storage.setItem('gaesup.session.a', '{"draft":{"open":{}}}')
    storage.setItem('gaesup.session.b', 'no JSON')
    const { records } = open(storage)
    expect(records.find('a')).toBeUndefined()
    expect(records.find('b')).toBeUndefined()
  })

  it('show what another page of the console stored', () => {
    const storage = createStorage()
    const here = open(storage).records
    expect(here.find('a')).toBeUndefined()
    const there = open(storage).records
    there.begin('a', start)
    there.flush()
    here.refresh('gaesup.session.a')
    expect(here.find('a')?.language).toBe('python')
  })

  it('are gone once forgotten', () => {
    const storage = createStorage()
    const { records } = open(storage)
    records.begin('a', start)
    records.flush()
    records.forget('a')
    expect(records.find('a')).toBeUndefined()
    expect(storage.length).toBe(0)
  })
})
