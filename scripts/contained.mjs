/**
 * Runs a command in a process group of its own: `node contained.mjs vitest run`. What it leaves running when it ends is
 * named and ended, and the run has failed: a test that leaves a process behind is a defect, and one that holds our
 * output would keep whoever reads it waiting for ever.
 */
import { spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { membersOf } from './processes.mjs'

/** How long what is on its way out may take, milliseconds; a busy machine needs seconds to end a browser. */
const graceMs = Number(process.env['CONTAINED_GRACE_MS'] ?? 20_000)
const onWindows = process.platform === 'win32'

const [command, ...args] = process.argv.slice(2)
if (command === undefined) {
  console.error('Usage: node contained.mjs <command> [arguments]')
  process.exit(2)
}

const child = spawn(command, args, {
  stdio: ['ignore', 'pipe', 'pipe'],
  detached: !onWindows,
  shell: onWindows,
})
child.stdout.pipe(process.stdout)
child.stderr.pipe(process.stderr)
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => end(signal))

child.on('error', (error) => {
  console.error(`${command} cannot be started: ${error.message}`)
  process.exit(127)
})
const closed = new Promise((resolve) => child.on('close', resolve))
child.on('exit', (code, signal) => void finish(code, signal))

async function finish(code, signal) {
  let isClean = false
  try {
    const left = await leftBehind()
    for (const { pid, command: name } of left) console.error(`left running: ${pid} ${name}`)
    isClean = left.length === 0
  } catch (error) {
    console.error(`what was left running is not known: ${error.message}`)
  }
  if (!isClean) end('SIGKILL')
  await Promise.race([closed, sleep(graceMs)])
  process.exit(isClean && !signal ? (code ?? 1) : 1)
}

function end(signal) {
  if (child.pid === undefined) return
  try {
    process.kill(onWindows ? child.pid : -child.pid, signal)
  } catch (error) {
    // Nobody is there any more; where the last ones are zombies, macOS says that it is not permitted.
    if (!['ESRCH', 'EPERM'].includes(error.code)) throw error
  }
}

/** Processes of the group that are still there after the time of grace. */
async function leftBehind() {
  let isEmpty = false
  for (const until = performance.now() + graceMs; ; await sleep(100)) {
    const members = membersOf(child.pid)
    // One that forks and ends while the list is read may hide the other, but not twice.
    if (members.length === 0 && isEmpty) return members
    isEmpty = members.length === 0
    if (!isEmpty && performance.now() > until) return members
  }
}
