import {
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { firstBlock, installed } from '../readme.mjs'
import { root } from '../toolchain.mjs'
import { exec, npm } from './npm.mjs'
import { startRegistry } from './registry.mjs'

/** Packages of ours that come along when one is installed. */
const brings = { '@gaesup-state/react': ['@gaesup-state/core'] }
const bin = (name) => join(root, 'node_modules', '.bin', name)
const typesOfNode = JSON.parse(
  readFileSync(join(root, 'node_modules/@types/node/package.json'), 'utf8'),
).version

const packages = readdirSync(join(root, 'packages'))
  .map((name) => join(root, 'packages', name))
  .filter((folder) => existsSync(join(folder, 'package.json')))
  .map((folder) => ({
    folder,
    manifest: JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')),
  }))
  .filter(({ manifest }) => manifest.private !== true)
  .map(({ folder, manifest }) => ({ name: manifest.name, version: manifest.version, folder }))

let registry
let scratch

beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'gaesup-publish-'))
  registry = await startRegistry()
  writeFileSync(
    join(scratch, 'npmrc'),
    `registry=${registry.url}/\n//${new URL(registry.url).host}/:_authToken=${registry.token}\n`,
  )
})
afterAll(async () => {
  await registry?.stop()
  rmSync(scratch, { recursive: true, force: true })
})

const noEngine = 'no Docker engine answers on /var/run/docker.sock'

const answers = (socketPath) =>
  new Promise((resolve) => {
    const socket = connect(socketPath, () => resolve(true)).on('error', () => resolve(false))
    socket.on('connect', () => socket.end())
  })

const isolated = () => [
  '--userconfig',
  join(scratch, 'npmrc'),
  '--cache',
  join(scratch, 'cache'),
  '--fetch-retries=5',
  '--no-audit',
  '--no-fund',
]

async function publish({ name, folder }) {
  const packed = join(scratch, 'packed', name)
  mkdirSync(packed, { recursive: true })
  await exec('pnpm', ['pack', '--pack-destination', packed], { cwd: folder })
  const [tarball] = globSync('*.tgz', { cwd: packed })
  // Provenance needs the identity of a CI run; the release workflow has one.
  await npm(['publish', join(packed, tarball), '--provenance=false', ...isolated()], {
    cwd: scratch,
  })
}

// Packages of others come from the network.
describe.each(packages)('$name', { timeout: 180_000 }, ({ name, version, folder }) => {
  const readme = existsSync(join(folder, 'README.md'))
    ? readFileSync(join(folder, 'README.md'), 'utf8')
    : ''
  const example = firstBlock(readme, 'ts')
  const project = () => join(scratch, 'projects', name)

  beforeAll(() => {
    mkdirSync(project(), { recursive: true })
    writeFileSync(
      join(project(), 'package.json'),
      JSON.stringify({ name: 'user', private: true, type: 'module' }),
    )
  })

  it('shows in its README the same text as an example it ships', () => {
    const examples = globSync('examples/*.ts', { cwd: folder }).map((file) =>
      readFileSync(join(folder, file), 'utf8').trim(),
    )
    expect(example, 'the first ```ts block of the README').toBeDefined()
    expect(examples).toContain(example?.trim())
  })

  it('is published and installed with the line in its README, bringing no other package of ours', async () => {
    const line = installed(readme) ?? []
    expect(line, 'the `npm install` line in the first ```sh block of the README').toContain(name)
    await publish({ name, folder })
    for (const other of brings[name] ?? [])
      await publish(packages.find((candidate) => candidate.name === other))
    await npm(['install', ...line, ...isolated()], { cwd: project() })
    const ours = readdirSync(join(project(), 'node_modules/@gaesup-state')).map(
      (folderName) => `@gaesup-state/${folderName}`,
    )
    expect(new Set(ours)).toEqual(new Set([name, ...(brings[name] ?? [])]))
    expect(
      JSON.parse(readFileSync(join(project(), 'node_modules', name, 'package.json'), 'utf8'))
        .version,
    ).toBe(version)
  })

  it('type-checks its README example in that project, its own declarations included', async () => {
    await npm(['install', '--save-dev', `@types/node@${typesOfNode}`, ...isolated()], {
      cwd: project(),
    })
    writeFileSync(join(project(), 'example.ts'), example)
    const compilerOptions = {
      module: 'nodenext',
      target: 'es2023',
      strict: true,
      noEmit: true,
      skipLibCheck: false,
      types: ['node'],
    }
    writeFileSync(
      join(project(), 'tsconfig.json'),
      JSON.stringify({ compilerOptions, files: ['example.ts'] }),
    )
    await exec(bin('tsc'), ['-p', 'tsconfig.json'], { cwd: project() })
  })

  it('runs its README example in that project', async ({ skip }) => {
    skip(
      example.includes('/var/run/docker.sock') && !(await answers('/var/run/docker.sock')),
      noEngine,
    )
    await exec(process.execPath, ['example.ts'], { cwd: project(), timeoutMs: 60_000 })
  })
})
