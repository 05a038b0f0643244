/**
 * Checks what was built and would be published: packages are joined by types only, and what is meant for a browser can
 * be bundled for one.
 */
import { existsSync, globSync, readFileSync, readdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { root as repository } from './toolchain.mjs'

const scope = '@gaesup-state/'
/** Our packages that another of ours may load at run time. */
const allowedAtRunTime = { '@gaesup-state/react': ['@gaesup-state/core'] }
/** Subpaths that run in a browser whichever package has them. */
const browserSubpaths = ['./client', './contract', './protocol']
/** What else runs in a browser. */
const browserEntries = {
  '@gaesup-state/core': ['.', './files', './registry', './wasi'],
  '@gaesup-state/tracker': ['.'],
  '@gaesup-state/react': ['.'],
}

/** What is wrong with the built packages under `root/packages`, one sentence each. */
export async function checkDist(root) {
  const folders = readdirSync(join(root, 'packages')).map((name) => join(root, 'packages', name))
  const found = await Promise.all(
    folders.filter((folder) => existsSync(join(folder, 'package.json'))).map(checkPackage),
  )
  return found.flat()
}

async function checkPackage(folder) {
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  if (!existsSync(join(folder, 'dist'))) return [`${manifest.name} is not built.`]
  return [
    ...(await foreignImports(folder, manifest)),
    ...foreignTypes(folder, manifest),
    ...(await browserProblems(folder, manifest)),
  ]
}

/** Run-time imports of our other packages, from any built file. */
async function foreignImports(folder, manifest) {
  const { metafile } = await build({
    ...quiet,
    absWorkingDir: folder,
    entryPoints: globSync('dist/**/*.js', { cwd: folder }),
    packages: 'external',
    platform: 'node',
  })
  return Object.entries(metafile.inputs).flatMap(([file, { imports }]) =>
    imports
      .filter(
        ({ path, external }) =>
          external && path.startsWith(scope) && !isAllowed(manifest.name, path),
      )
      .map(
        ({ path }) =>
          `${manifest.name}: ${file} loads ${path} at run time; packages of ours are joined by types only.`,
      ),
  )
}

/** Declarations that name another of our packages: whoever installs this one alone could not compile. */
function foreignTypes(folder, manifest) {
  return globSync('dist/**/*.d.ts', { cwd: folder }).flatMap((file) => {
    const named = readFileSync(join(folder, file), 'utf8').matchAll(
      /(?:from|import)\s*\(?\s*['"](@gaesup-state\/[^'"]+)['"]/g,
    )
    return [...named]
      .filter(([, path]) => !isAllowed(manifest.name, path))
      .map(
        ([, path]) =>
          `${manifest.name}: ${file} takes types from ${path}, which is not installed with this package.`,
      )
  })
}

function isAllowed(from, to) {
  return [from, ...(allowedAtRunTime[from] ?? [])].some(
    (name) => to === name || to.startsWith(`${name}/`),
  )
}

/** Bundles each browser entry for a browser: a `node:` module anywhere below it cannot be resolved. */
async function browserProblems(folder, manifest) {
  const exported = Object.keys(manifest.exports)
  const wanted = [
    ...(browserEntries[manifest.name] ?? []),
    ...browserSubpaths.filter((subpath) => exported.includes(subpath)),
  ]
  const problems = await Promise.all(
    wanted.map(async (subpath) => {
      const file = manifest.exports[subpath]?.default
      if (file === undefined)
        return [`${manifest.name}: ${subpath} is meant for browsers but not exported.`]
      const external = (allowedAtRunTime[manifest.name] ?? []).flatMap((name) => [
        name,
        `${name}/*`,
      ])
      const { errors } = await build({
        ...quiet,
        absWorkingDir: folder,
        entryPoints: [file],
        platform: 'browser',
        external,
      }).catch((failure) => failure)
      return errors.map(
        ({ text, location }) =>
          `${manifest.name}: ${subpath} does not run in a browser: ${location?.file ?? file}:${location?.line ?? 0}: ${text}`,
      )
    }),
  )
  return problems.flat()
}

const quiet = {
  bundle: true,
  write: false,
  metafile: true,
  outdir: 'out',
  format: 'esm',
  target: 'es2023',
  logLevel: 'silent',
  loader: { '.wasm': 'empty' },
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const problems = await checkDist(repository)
  for (const problem of problems) console.error(problem)
  if (problems.length === 0)
    console.log(
      `The built packages in ${relative(process.cwd(), join(repository, 'packages')) || 'packages'} keep their boundaries.`,
    )
  process.exitCode = problems.length > 0 ? 1 : 0
}
