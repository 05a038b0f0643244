// node:os, as far as there is an operating system.
const { process } = require('process')

module.exports = {
  EOL: '\n',
  devNull: '/dev/null',
  arch: () => process.arch,
  platform: () => process.platform,
  type: () => 'WASI',
  release: () => '',
  version: () => '',
  machine: () => 'wasm32',
  endianness: () => 'LE',
  hostname: () => 'localhost',
  homedir: () => process.env.HOME ?? '/',
  tmpdir: () => process.env.TMPDIR ?? '/tmp',
  uptime: () => process.uptime(),
  loadavg: () => [0, 0, 0],
  cpus: () => [{ model: 'wasm32', speed: 0, times: { user: 0, nice: 0, sys: 0, idle: 0, irq: 0 } }],
  availableParallelism: () => 1,
  totalmem: () => host('memory.limit'),
  freemem: () => Math.max(0, host('memory.limit') - host('memory')),
  networkInterfaces: () => ({}),
  userInfo: () => ({
    uid: 1000,
    gid: 1000,
    username: 'user',
    homedir: process.env.HOME ?? '/',
    shell: null,
  }),
  constants: { signals: {}, errno: {} },
}
