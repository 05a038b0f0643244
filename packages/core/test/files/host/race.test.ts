import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, it } from 'vitest'
import { root } from '../../wasi/by-hand.ts'
import { createPlace, isLinux, openBelow, readAll, writeAll } from './place.ts'

const swapper = fileURLToPath(new URL('swapper.mjs', import.meta.url))
const children: ChildProcess[] = []
/** An end for machines where it gets no time. */
const longestMs = 40_000

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

it.skipIf(!isLinux)(
  'another process exchanges folders and links thousands of times: no guest reads or writes outside',
  { timeout: 90_000 },
  async () => {
    const { inside, outside, guest: open } = createPlace()
    const elsewhere = join(outside, 'elsewhere')
    mkdirSync(elsewhere)
    const guest = open({ maxEntries: Infinity })
    writeAll(guest, 'data/warm', 'x')
    const secret = readFileSync(join(outside, 'secret'), 'utf8')
    const child = spawn(process.execPath, [swapper, inside, outside], {
      stdio: ['pipe', 'pipe', 'ignore'],
    })
    children.push(child)
    let printed = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      printed += text
    })
    await expect.poll(() => printed).toContain('begun')

    const seen = new Map<string, number>()
    const count = (what: string): void => void seen.set(what, (seen.get(what) ?? 0) + 1)
    const attack = (): void => {
      for (let n = 0; n < 200; n += 1) {
        count(readAll(guest, 'data/swap/secret'))
        count(readAll(guest, 'data/file'))
        count(`wrote ${writeAll(guest, 'data/swap/secret', 'harmless')}`)
        count(`made ${writeAll(guest, `data/swap/n${n}`, 'x')}`)
        guest.call('path_create_directory', root, ...guest.put(`data/swap/elsewhere/d${n}`))
        guest.call('path_unlink_file', root, ...guest.put('data/swap/secret'))
        guest.call(
          'path_rename',
          root,
          ...guest.put('data/warm'),
          root,
          ...guest.put('data/swap/warm'),
        )
      }
    }
    const end = performance.now() + longestMs
    while (performance.now() < end) {
      attack()
      // Lets the output of the other process in.
      await new Promise((resolve) => setImmediate(resolve))
      if ((seen.get('harmless') ?? 0) > 400 && (seen.get('noent') ?? 0) > 400) break
    }
    child.stdin.end()
    await once(child, 'exit')
    const swaps = Number(printed.split('\n')[1])
    console.log(`${swaps} rounds of exchanges against`, Object.fromEntries(seen))

    expect(seen.has(secret)).toBe(false)
    expect(readFileSync(join(outside, 'secret'), 'utf8')).toBe(secret)
    expect(readdirSync(elsewhere)).toEqual([])
    expect(readdirSync(outside).sort()).toEqual(['elsewhere', 'inside', 'secret'])
    expect(openBelow(outside)).toEqual([])
    // It raced at all: the guest met the names in both of their states.
    expect([...seen.keys()]).toEqual(expect.arrayContaining(['harmless', 'noent']))
  },
)
