// The goals of the benchmarks: each file notes its own, and all.mjs prints them in one table at its end.
import { appendFileSync, readFileSync } from 'node:fs'

const file = process.env.GAESUP_BENCH_GOALS

/** @param goal at most or at least so many times; a text where it is no ratio */
export function note({ line, figure, goal, isMet }) {
  if (file !== undefined) appendFileSync(file, `${JSON.stringify({ line, figure, goal, isMet })}\n`)
}

export const atMost = (times) => ({ text: `<= ${times}x`, met: (ratio) => ratio <= times })
export const atLeast = (times) => ({ text: `>= ${times}x`, met: (ratio) => ratio >= times })

/** Notes a ratio, and gives what to print beside it. */
export function noteRatio(line, ratio, { text, met }) {
  note({ line, figure: `${ratio.toFixed(2)}x`, goal: text, isMet: met(ratio) })
  return `goal ${text} ${met(ratio) ? 'met' : 'MISSED'}`
}

export function printGoals(path) {
  const goals = readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
  const rows = [
    ['goal of', 'figure', 'goal', ''],
    ...goals.map(({ line, figure, goal, isMet }) => [line, figure, goal, isMet ? 'met' : 'MISSED']),
  ]
  const widths = [0, 1, 2].map((n) => Math.max(...rows.map((row) => row[n].length)))
  for (const row of rows) console.log(row.map((cell, n) => cell.padEnd(widths[n] ?? 0)).join('  '))
}
