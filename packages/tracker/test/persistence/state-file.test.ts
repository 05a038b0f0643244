import { appendFile, mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { StateFile } from '../../src/store/index.ts'
import { openStateStore } from '../../src/store/index.ts'

const setUp = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tracker-state-'))
  const file = join(folder, 'deep', 'state.log')
  const open: StateFile[] = []
  onTestFinished(async () => {
    for (const store of open) await store.close().catch(() => {})
    await rm(folder, { recursive: true, force: true })
  })
  const reopen = async (maxBytes?: number): Promise<StateFile> => {
    for (const store of open.splice(0)) await store.close()
    const store = await openStateStore({ file, ...(maxBytes === undefined ? {} : { maxBytes }) })
    open.push(store)
    return store
  }
  return { file, reopen }
}

describe('openStateStore', () => {
  it('gives back what was saved, by prefix, after it was opened again', async () => {
    const { file, reopen } = await setUp()
    const store = await reopen()
    await store.save(
      new Map<string, unknown>([
        ['a/1', { x: 1 }],
        ['a/"2"\n', [null, 'π']],
        ['b/1', false],
      ]),
    )
    await store.save(new Map([['b/1', undefined]]))
    const again = await reopen()
    expect([...(await again.load('a/'))]).toEqual([
      ['a/1', { x: 1 }],
      ['a/"2"\n', [null, 'π']],
    ])
    expect((await again.load('b/')).size).toBe(0)
    expect((await stat(file)).mode & 0o777).toBe(0o600)
  })

  it('drops a batch that a crash cut off, wholly, and writes on behind the last good one', async () => {
    const { file, reopen } = await setUp()
    const store = await reopen()
    await store.save(new Map([['k', 1]]))
    const { size } = await stat(file)
    await store.save(
      new Map([
        ['k', 2],
        ['l', 2],
      ]),
    )
    const whole = (await stat(file)).size
    for (let cut = size + 1; cut < whole; cut += 7) {
      await truncate(file, cut)
      const again = await reopen()
      expect([...(await again.load(''))]).toEqual([['k', 1]])
      await again.save(
        new Map([
          ['k', 1],
          ['l', undefined],
        ] as [string, unknown][]),
      )
      await again.save(
        new Map([
          ['k', 2],
          ['l', 2],
        ]),
      )
    }
    expect([...(await (await reopen()).load(''))]).toEqual([
      ['k', 2],
      ['l', 2],
    ])
  })

  it('stops at damage rather than believing it', async () => {
    const { file, reopen } = await setUp()
    const store = await reopen()
    await store.save(new Map([['k', 1]]))
    await store.save(new Map([['k', 2]]))
    const text = await readFile(file, 'utf8')
    await writeFile(file, text.replace('["k",2]', '["k",3]'))
    expect([...(await (await reopen()).load(''))]).toEqual([['k', 1]])
    await appendFile(file, 'not a line\n00000000 []\n')
    expect([...(await (await reopen()).load(''))]).toEqual([['k', 1]])
  })

  it('refuses what would make it larger than allowed, keeps what it has, and takes a deletion', async () => {
    const { reopen } = await setUp()
    const store = await reopen(100)
    await store.save(new Map([['k', 'x'.repeat(50)]]))
    await expect(store.save(new Map([['l', 'x'.repeat(60)]]))).rejects.toMatchObject({
      code: 'LIMIT',
    })
    expect([...(await store.load('')).keys()]).toEqual(['k'])
    await store.save(new Map([['k', undefined]]))
    await store.save(new Map([['l', 'x'.repeat(60)]]))
  })

  it('keeps the file small however often a document changes', async () => {
    const { file, reopen } = await setUp()
    const store = await reopen()
    for (let i = 0; i < 300; i += 1) await store.save(new Map([['k', `${i}${'x'.repeat(20_000)}`]]))
    expect((await stat(file)).size).toBeLessThan(1_200_000)
    const again = await reopen()
    expect(String((await again.load('')).get('k'))).toMatch(/^299x/)
  })

  it('says STORE when the file cannot be had', async () => {
    const { file } = await setUp()
    await expect(openStateStore({ file: '/dev/null/state' })).rejects.toMatchObject({
      code: 'STORE',
    })
    await expect(openStateStore({ file: join(file, '..', '..') })).rejects.toMatchObject({
      code: 'STORE',
    })
  })

  it('holds what a map would, whatever is written at the same time', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.option(fc.jsonValue())), {
            maxLength: 4,
          }),
          { maxLength: 12 },
        ),
        async (batches) => {
          const { reopen } = await setUp()
          const store = await reopen()
          const model = new Map<string, unknown>()
          const saves = batches.map((batch) => {
            for (const [key, value] of batch)
              if (value === null) model.delete(key)
              else model.set(key, JSON.parse(JSON.stringify(value)))
            return store.save(new Map(batch.map(([key, value]) => [key, value ?? undefined])))
          })
          await Promise.all(saves)
          expect(Object.fromEntries(await store.load(''))).toEqual(Object.fromEntries(model))
          expect(Object.fromEntries(await (await reopen()).load(''))).toEqual(
            Object.fromEntries(model),
          )
        },
      ),
      { numRuns: 25 },
    )
  })
})
