// node:child_process, node:worker_threads and node:cluster: what Node has where its permission model denies them.
const EventEmitter = require('events')
const { denied } = require('errors')

const noProcess = (resource) => {
  throw denied('ChildProcess', 'programs cannot start other programs', String(resource))
}

const childProcess = {
  ChildProcess: class ChildProcess extends EventEmitter {},
  exec: noProcess,
  execFile: noProcess,
  execFileSync: noProcess,
  execSync: noProcess,
  fork: noProcess,
  spawn: noProcess,
  spawnSync: noProcess,
}

const noWorker = (resource) => {
  throw denied('WorkerThreads', 'programs cannot start threads', String(resource))
}

class Worker extends EventEmitter {
  constructor(filename) {
    super()
    noWorker(filename)
  }
}

const workerThreads = {
  Worker,
  isMainThread: true,
  parentPort: null,
  threadId: 0,
  workerData: null,
  resourceLimits: {},
  SHARE_ENV: Symbol.for('nodejs.worker_threads.SHARE_ENV'),
}

const cluster = Object.assign(new EventEmitter(), {
  isPrimary: true,
  isMaster: true,
  isWorker: false,
  workers: {},
  settings: {},
  fork: () => noProcess('node'),
  setupPrimary: () => {},
})

module.exports = { childProcess, workerThreads, cluster }
