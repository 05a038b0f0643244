// Exchanges names in a folder as fast as it can, until its input ends: `swap` is now a folder, now a link out of it, and `file` now a file, now a link.
import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const [, , inside, outside] = process.argv
const at = (name) => join(inside, name)
mkdirSync(at('real'))
writeFileSync(at('real/secret'), 'harmless')
symlinkSync(outside, at('link'))
writeFileSync(at('plain'), 'harmless')
symlinkSync(join(outside, 'secret'), at('file-link'))

let rounds = 0
let isOver = false
process.stdin.on('end', () => {
  isOver = true
})
process.stdin.resume()

/** Longest time that a name stands for one thing, in milliseconds. */
const longest = 1

/** Busy, as no timer is as short. */
function dwell() {
  const end = performance.now() + Math.random() * longest
  while (performance.now() < end);
}

function swap() {
  for (let n = 0; n < 50; n += 1) {
    for (const [folder, file] of [
      ['real', 'plain'],
      ['link', 'file-link'],
    ]) {
      renameSync(at(folder), at('swap'))
      renameSync(at(file), at('file'))
      dwell()
      renameSync(at('swap'), at(folder))
      renameSync(at('file'), at(file))
    }
    rounds += 1
  }
  if (isOver) process.stdout.write(`${rounds}\n`)
  else setImmediate(swap)
}
process.stdout.write('begun\n')
swap()
