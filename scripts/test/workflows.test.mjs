import { expect, it } from 'vitest'
import { lintWorkflows } from '../lint-workflows.mjs'
import { workspace } from './workspace.mjs'

const workflow = (step) =>
  `name: X\non: push\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps:\n      - ${step}\n`

it('accepts a valid workflow', async () => {
  expect(
    await lintWorkflows(workspace({ '.github/workflows/x.yml': workflow('run: npm test') })),
  ).toEqual([])
})

it('rejects a workflow that reads a context that does not exist', async () => {
  const problems = await lintWorkflows(
    workspace({ '.github/workflows/x.yml': workflow('run: echo ${{ matrix.node }}') }),
  )
  expect(problems).toEqual([expect.stringMatching(/^\.github\/workflows\/x\.yml:7:\d+: .*"node"/)])
})
