/**
 * Runs a command in a process group of its own: `node contained.mjs vitest run`. What it leaves running when it ends is
 * named and ended, and the run has failed: a test that leaves a process behind is a defect, and one that holds our
 * output would keep whoever reads it waiting for ever.
 */
import { spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { membersOf } from './processes.mjs'

/** How long what is on its way out may take, milliseconds. */
const graceMs = 5000
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
  const left = await leftBehind()
  for (const { pid, command: name } of left) console.error(`left running: ${pid} ${name}`)
  if (left.length > 0) end('SIGKILL')
  await Promise.race([closed, sleep(graceMs)])
  process.exit(left.length > 0 || signal ? 1 : (code ?? 1))
}

function end(signal) {
  if (child.pid === undefined) return
  try {
    process.kill(onWindows ? child.pid : -child.pid, signal)
  } catch (error) {
    if (error.code !== 'ESRCH') throw error
  }
}

/** Processes of the group that are still there after the time of grace. */
async function leftBehind() {
  for (const until = Date.now() + graceMs; ; await sleep(100)) {
    const members = membersOf(child.pid)
    if (members.length === 0 || Date.now() > until) return members
  }
}
