import { spawnSync } from 'node:child_process'
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { checkDist } from '../check-dist.mjs'
import { root } from '../toolchain.mjs'
import { withTools, workspace } from './workspace.mjs'

const run = (command, args, cwd) =>
  spawnSync(command, args, { cwd, encoding: 'utf8', env: { ...process.env, NX_DAEMON: 'false' } })
const bin = (name) => join(root, 'node_modules', '.bin', name)

describe('pnpm', () => {
  it('keeps a package from loading another of ours that it does not declare', () => {
    const { status, stderr } = run(
      process.execPath,
      ['--input-type=module', '-e', "await import('@gaesup-state/core')"],
      join(root, 'packages/sandbox'),
    )
    expect(status).not.toBe(0)
    expect(stderr).toContain('ERR_MODULE_NOT_FOUND')
  })
})

describe('the Nx rule over tags', () => {
  // Not our scope: our own packages could be found from here through the tools' module path.
  const project = (name, tags) => ({
    name: `@fixture/${name}`,
    version: '1.0.0',
    type: 'module',
    exports: { '.': './src/index.ts' },
    nx: { tags },
  })
  const projects = {
    'nx.json': { useInferencePlugins: false, analytics: false },
    'package.json': { name: 'fixture', private: true },
    'pnpm-workspace.yaml': "packages: ['packages/*', 'apps/*']\n",
    'pnpm-lock.yaml': "lockfileVersion: '9.0'\n",
    'packages/core/package.json': project('core', ['scope:core', 'type:library']),
    'packages/core/src/index.ts': 'export const core = 1\n',
    'packages/react/package.json': project('react', ['scope:react', 'type:library']),
    'packages/react/src/index.ts': "export { core } from '@fixture/core'\n",
    'packages/sandbox/package.json': project('sandbox', ['scope:sandbox', 'type:library']),
    'packages/sandbox/src/index.ts': 'export const sandbox = 1\n',
    'apps/daemon/package.json': project('daemon', ['scope:daemon']),
    'apps/daemon/src/index.ts': "import '@fixture/core'\nimport '@fixture/sandbox'\n",
  }
  const lint = (files) => {
    const folder = withTools(workspace({ ...projects, ...files }))
    return run(
      process.execPath,
      [join(root, 'scripts/lint-boundaries.mjs'), '--root', folder],
      folder,
    )
  }

  it('accepts apps that use packages, and react that uses core', () => {
    const { status, stdout, stderr } = lint({})
    expect(stdout + stderr).toContain('Found 0 warnings and 0 errors')
    expect(status).toBe(0)
  })

  it('rejects a package that takes as little as a type from another', () => {
    const { status, stdout } = lint({
      'packages/sandbox/src/index.ts':
        "import type { core } from '@fixture/core'\nexport type T = typeof core\n",
    })
    expect(stdout).toContain(
      'A project tagged with "scope:sandbox" can only depend on libs tagged with "scope:sandbox"',
    )
    expect(status).toBe(1)
  })

  it('rejects a package that imports an app', () => {
    const { status, stdout } = lint({
      'packages/core/src/index.ts': "import '@fixture/daemon'\n",
    })
    expect(stdout).toContain(
      'A project tagged with "scope:core" can only depend on libs tagged with "scope:core"',
    )
    expect(status).toBe(1)
  })

  it('rejects a project without a tag', () => {
    const { status, stderr } = lint({ 'packages/sandbox/package.json': project('sandbox', []) })
    expect(stderr).toContain('packages/sandbox/package.json: add "nx"')
    expect(status).toBe(1)
  })
})

describe('oxlint', () => {
  const lint = (path, text) => {
    const folder = withTools(
      workspace({ [path]: text, 'tsconfig.json': { compilerOptions: { module: 'nodenext' } } }),
    )
    copyFileSync(join(root, '.oxlintrc.json'), join(folder, '.oxlintrc.json'))
    return run(bin('oxlint'), [path.split('/')[0]], folder).stdout
  }
  const restricted = 'eslint(no-restricted-imports)'

  it.each([
    [
      'a package that loads another of ours',
      'packages/sandbox/src/a.ts',
      "import { x } from '@gaesup-state/core'\nx()\n",
    ],
    [
      'a package that loads a subpath of another',
      'packages/console-api/src/a.ts',
      "import { x } from '@gaesup-state/core/process'\nx()\n",
    ],
    [
      'react that loads anything but core',
      'packages/react/src/a.ts',
      "import { x } from '@gaesup-state/sandbox/client'\nx()\n",
    ],
    [
      'a deep path into core',
      'packages/react/src/a.ts',
      "import { x } from '@gaesup-state/core/dist/x.js'\nx()\n",
    ],
    [
      'the console that loads a server',
      'apps/console/src/a.ts',
      "import { x } from '@gaesup-state/sandbox'\nx()\n",
    ],
    [
      'an end-to-end test that loads a package',
      'e2e/support/a.ts',
      "import { x } from '@gaesup-state/sandbox/client'\nx()\n",
    ],
    [
      'anything that loads an app',
      'apps/console/src/a.ts',
      "import { x } from '@gaesup-state/daemon'\nx()\n",
    ],
  ])('rejects %s', (_, path, text) => {
    expect(lint(path, text)).toContain(restricted)
  })

  it.each([
    [
      'a type from the published entry of another package',
      'packages/sandbox/src/a.ts',
      "import type { X } from '@gaesup-state/core'\nexport type Y = X\n",
    ],
    [
      'react that loads core',
      'packages/react/src/a.ts',
      "import { x } from '@gaesup-state/core'\nx()\n",
    ],
    [
      'the console that loads a client and a contract',
      'apps/console/src/a.ts',
      "import { x } from '@gaesup-state/sandbox/client'\nimport { y } from '@gaesup-state/console-api/contract'\nx(y)\n",
    ],
    [
      'the daemon that loads a server',
      'apps/daemon/src/a.ts',
      "import { x } from '@gaesup-state/sandbox'\nx()\n",
    ],
  ])('accepts %s', (_, path, text) => {
    const output = lint(path, text)
    expect(output).not.toContain(restricted)
    expect(output).toContain('on 1 file')
  })
})

describe('the check of built files', () => {
  const built = (name, files) => ({
    [`packages/${name}/package.json`]: {
      name: `@gaesup-state/${name}`,
      type: 'module',
      exports: Object.fromEntries(
        Object.keys(files)
          .filter((key) => key.startsWith('.'))
          .map((key) => [key, { default: `./dist/${files[key][0]}` }]),
      ),
    },
    ...Object.fromEntries(
      Object.values(files)
        .flatMap((pairs) => Object.entries(pairs[1]))
        .map(([file, text]) => [`packages/${name}/dist/${file}`, text]),
    ),
  })
  const check = (...packages) => checkDist(workspace(Object.assign({}, ...packages)))

  it('accepts packages that keep to themselves, and react that loads core', async () => {
    const problems = await check(
      built('console-api', {
        '.': [
          'index.js',
          { 'index.js': "import 'node:fs'\n", 'index.d.ts': "import type { A } from './a.ts'\n" },
        ],
      }),
      built('react', {
        '.': ['index.js', { 'index.js': "import { x } from '@gaesup-state/core'\nx()\n" }],
      }),
    )
    expect(problems).toEqual([])
  })

  it('rejects a run-time import of another package of ours, in a chunk too', async () => {
    const problems = await check(
      built('sandbox', {
        '.': [
          'index.js',
          {
            'index.js': "import './chunk-1.js'\n",
            'chunk-1.js': "export const load = () => import('@gaesup-state/core')\n",
          },
        ],
      }),
    )
    expect(problems).toEqual([
      expect.stringContaining('dist/chunk-1.js loads @gaesup-state/core at run time'),
    ])
  })

  it('rejects declarations that name another package of ours', async () => {
    const problems = await check(
      built('sandbox', {
        '.': [
          'index.js',
          {
            'index.js': 'export const a = 1\n',
            'index.d.ts': "export declare const a: import('@gaesup-state/core').X\n",
          },
        ],
      }),
    )
    expect(problems).toEqual([
      expect.stringContaining('dist/index.d.ts takes types from @gaesup-state/core'),
    ])
  })

  it('rejects a browser entry that reaches a node: module through a chunk', async () => {
    const problems = await check(
      built('sandbox', {
        './client': [
          'client.js',
          {
            'client.js': "import './chunk-1.js'\n",
            'chunk-1.js': "import { Socket } from 'node:net'\nexport { Socket }\n",
          },
        ],
      }),
    )
    expect(problems).toEqual([
      expect.stringMatching(
        /\.\/client does not run in a browser: .*chunk-1\.js:1: Could not resolve "node:net"/,
      ),
    ])
  })

  it('rejects a browser entry that is not exported', async () => {
    const problems = await check(built('tracker', { './testing': ['t.js', { 't.js': '' }] }))
    expect(problems).toEqual(['@gaesup-state/tracker: . is meant for browsers but not exported.'])
  })

  it('rejects a package that is not built', async () => {
    expect(
      await checkDist(
        workspace({ 'packages/core/package.json': { name: '@gaesup-state/core', exports: {} } }),
      ),
    ).toEqual(['@gaesup-state/core is not built.'])
  })
})
