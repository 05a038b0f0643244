import { describeEnd, type EscapeCase } from './case.ts'

/** The published list of what was tried. */
export function toMarkdown(cases: readonly EscapeCase[]): string {
  const rows = cases.map(
    (one) => `| ${one.id} | ${one.language} | ${one.tries} | ${describeEnd(one.ends)} |`,
  )
  return `# Escape suite

Each of these ${cases.length} attacks runs in the tests of \`core\` against the real interpreters in a real locked process, with the
default limits (memory lowered to keep the tests quick). After each one the next command of the same session must work.
The programs stand in [packages/core/test/escape](../../packages/core/test/escape). This page is written by
\`UPDATE_DOCS=1 vitest run test/escape\` and compared with the cases in every test run.

| id | in | what is tried | how it ends |
| --- | --- | --- | --- |
${rows.join('\n')}

## What it does not show

The boundary is V8's WebAssembly and our WASI. A bug in V8 that lets WebAssembly write outside its memory would reach the child
process, which has no files beyond the interpreter's own, no environment, no way to start programs and no sockets it can reach
from JavaScript; it shares the kernel and the user of the daemon. Run the daemon as a user that owns nothing else, or take the
Docker engine with gVisor, where that is not enough.
`
}
