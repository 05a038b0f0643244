import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { docker, engineAbsent, image, socketPath, uniqueName, until } from './engine.ts'

const folder = mkdtempSync(join(tmpdir(), 'tracker-clock-'))
const library = join(folder, 'shifted-clock.so')
const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url))

const reasonToSkip = (): string => {
  if (engineAbsent !== '') return engineAbsent
  if (process.platform !== 'linux') return 'preloading a library needs Linux'
  try {
    execFileSync(
      'cc',
      ['-shared', '-fPIC', '-O1', '-o', library, here('shifted-clock.c'), '-ldl'],
      {
        stdio: 'pipe',
      },
    )
    return ''
  } catch {
    return 'no C compiler (Debian: gcc, libc6-dev)'
  }
}
const absent = reasonToSkip()
if (absent !== '') console.warn(`skipped: ${absent}`)

interface Line {
  readonly type: 'ready' | 'sync' | 'metrics' | 'state' | 'gap' | 'error'
  readonly wall: number
  readonly durationMs: number
  readonly containerState: string
  readonly cpuPercent: number
  readonly lastActivity: number
  readonly at: number
}

const daySeconds = 86_400
const intervalMs = 1000

/**
 * Engine, container and tracker are real; simulated is what the operating system tells the tracker's process about the time
 * of day. The engine keeps the true time, so the two also disagree, as hosts do.
 */
describe.skipIf(absent !== '')('a tracker whose wall clock jumps', () => {
  afterAll(() => rmSync(folder, { recursive: true }))

  it(
    'goes on at its pace, shows every state at once and measures as before',
    { timeout: 60_000 },
    async () => {
      const name = uniqueName('clock')
      const shift = join(folder, 'shift')
      const setShift = (seconds: number) => {
        const bytes = Buffer.alloc(8)
        bytes.writeBigInt64LE(BigInt(seconds))
        // The same file is written over, as the child has it mapped.
        writeFileSync(shift, bytes, { flag: 'r+' })
      }
      writeFileSync(shift, Buffer.alloc(8))
      await docker(
        'run',
        '-d',
        '--init',
        '--name',
        name,
        image,
        'sh',
        '-c',
        'while :; do sleep 0.1; done',
      )
      const args = [here('tracking-child.ts'), socketPath, name, String(intervalMs)]
      const env = { ...process.env, LD_PRELOAD: library, SHIFTED_CLOCK: shift }
      const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] })
      const lines: Line[] = []
      let rest = ''
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        const parts = `${rest}${text}`.split('\n')
        rest = parts.pop() ?? ''
        for (const part of parts)
          lines.push({ ...(JSON.parse(part) as Line), at: performance.now() })
      })
      const lastState = () => lines.findLast(({ type }) => type === 'state')?.containerState
      try {
        await until('it tracks', () => lines.some(({ type }) => type === 'metrics'))
        for (const seconds of [-daySeconds, 10 * daySeconds, 0]) {
          const from = lines.length
          setShift(seconds)
          const jumped = performance.now()
          await docker('pause', name)
          await until('the pause is seen', () => lastState() === 'paused', intervalMs)
          await docker('unpause', name)
          await until('it runs again', () => lastState() === 'running', intervalMs)
          const enough = (type: Line['type']) => () =>
            lines.slice(from).filter((line) => line.type === type).length >= 3
          await until('listings go on', enough('sync'), 5 * intervalMs)
          await until('measurements go on', enough('metrics'), 5 * intervalMs)
          const after = lines.slice(from)
          const syncs = after.filter(({ type }) => type === 'sync')
          const took = performance.now() - jumped
          // One each interval and a few that events asked for: no burst, and no pause.
          expect(syncs.length).toBeLessThanOrEqual(took / intervalMs + 3)
          for (const { durationMs } of syncs) expect(durationMs).toBeLessThan(intervalMs)
          expect(after.filter(({ type }) => type === 'gap' || type === 'error')).toEqual([])
          const measured = after.filter(({ type }) => type === 'metrics')
          expect(Math.max(...measured.map(({ cpuPercent }) => cpuPercent))).toBeLessThan(100)
          const wall = measured.at(-1)?.wall ?? 0
          expect(Math.abs(wall - Date.now() - seconds * 1000)).toBeLessThan(5000)
        }
      } finally {
        child.kill('SIGKILL')
        await docker('rm', '-f', name)
      }
    },
  )
})
