import { describe, expect, it } from 'vitest'
import {
  openSessionRecords,
  type SessionRecord,
} from '../../src/pages/sandbox/records/session-records.ts'
import { openShelf } from '../../src/storage/shelf.ts'
import { createStorage } from '../support/storage.ts'

function open(storage: Storage) {
  let due: (() => void) | undefined
  const records = openSessionRecords({
    shelf: openShelf({ storage, prefix: 'gaesup.session.', most: 30, now: () => ++now }),
    after: (_ms, run) => {
      due = run
      return () => void (due = undefined)
    },
  })
  return { records, tick: () => due?.() }
}

const start: SessionRecord = {
  language: 'python',
  runtime: 'Python 3.12',
  engine: 'wasm',
  transcript: 'hello\r\n',
  draft: { open: { path: '/workspace/main.py', text: 'x = 1', saved: 'x = 1' }, aside: [] },
}
const typed = { open: { path: '/workspace/main.py', text: 'x = 2', saved: 'x = 1' }, aside: [] }

let now = 0

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

  it('ignore what is no record of this version', () => {
    const storage = createStorage()
    storage.setItem('gaesup.session.a', '{"at":1,"value":{"draft":{"open":{}}}}')
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
