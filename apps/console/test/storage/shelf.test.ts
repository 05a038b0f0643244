import { describe, expect, it } from 'vitest'
import { openShelf } from '../../src/storage/shelf.ts'
import { createStorage } from '../support/storage.ts'

const open = (storage: Storage) => {
  let now = 0
  return openShelf({ storage, prefix: 'x.', most: 3, now: () => ++now })
}

describe('a shelf', () => {
  it('makes room by age and leaves keys of others alone', () => {
    const storage = createStorage()
    storage.setItem('other', '1')
    const shelf = open(storage)
    for (const id of ['a', 'b', 'c']) shelf.put(id, id)
    shelf.put('a', 'newer')
    shelf.put('d', 'd')
    expect(['a', 'b', 'c', 'd'].map((id) => shelf.get(id))).toEqual(['newer', undefined, 'c', 'd'])
    expect(storage.getItem('other')).toBe('1')
  })

  it('says when the storage is full, and keeps what was there', () => {
    const shelf = open(createStorage(100))
    expect(shelf.put('a', 'short')).toBe(true)
    expect(shelf.put('a', 'x'.repeat(200))).toBe(false)
    expect(shelf.get('a')).toBe('short')
  })

  it('gives nothing for what it did not put there', () => {
    const storage = createStorage()
    storage.setItem('x.a', 'no JSON')
    storage.setItem('x.b', '{"value":1}')
    const shelf = open(storage)
    expect(shelf.get('a')).toBeUndefined()
    expect(shelf.get('b')).toBeUndefined()
    expect(shelf.idOf('x.a')).toBe('a')
    expect(shelf.idOf('other')).toBeUndefined()
  })
})
