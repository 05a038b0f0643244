import { ByteCursor } from '../binary/byte-cursor.ts'
import { isDirectCall, skipImmediates } from '../binary/instructions.ts'
import type { ModuleShape } from '../binary/module-shape.ts'
import { contentOf, readSections, SectionId } from '../binary/sections.ts'
import { functionIndexes, readBodies } from './function-bodies.ts'
import { setArgumentsLength } from './optional-call.ts'

const globalGet = 0x23
const globalSet = 0x24

/**
 * Exported functions of AssemblyScript that have optional parameters: they, or the function they stand before, look at the number of
 * arguments. The module does not say it otherwise.
 */
export function withOptionalParameters(
  bytes: Uint8Array,
  { imports }: ModuleShape,
): ReadonlySet<string> {
  const sections = readSections(bytes)
  const content = (id: SectionId): Uint8Array => contentOf(sections, id) ?? Uint8Array.of(0)
  const indexes = functionIndexes(content(SectionId.export))
  const bodies = readBodies(content(SectionId.code))
  const imported = imports.filter(({ type }) => type.kind === 'function').length
  const stepsOf = (index: number | undefined): readonly Step[] =>
    index === undefined ? [] : readSteps(bodies[index - imported])
  const length = stepsOf(indexes.get(setArgumentsLength)).find(({ op }) => op === globalSet)?.index
  const looksFrom = (index: number, isLook: (callee: number) => boolean): boolean => {
    const first = stepsOf(index).find(({ op, index: of }) =>
      isDirectCall(op) ? isLook(of) : of === length,
    )
    // A function that sets the number calls another one with optional parameters.
    return first !== undefined && first.op !== globalSet
  }
  // A thousand exports may be one function that calls another one a million times: each is read once.
  const looksItself = once((index) => looksFrom(index, () => false))
  const looks = once((index) => looksFrom(index, looksItself))
  return new Set([...indexes].filter(([, index]) => looks(index)).map(([name]) => name))
}

function once(find: (index: number) => boolean): (index: number) => boolean {
  const found = new Map<number, boolean>()
  return (index) => {
    const known = found.get(index) ?? find(index)
    found.set(index, known)
    return known
  }
}

interface Step {
  readonly op: number
  /** Of the global or the function. */
  readonly index: number
}

/** Where a body reads and writes globals and calls functions. */
function readSteps(code: Uint8Array = Uint8Array.of(0)): Step[] {
  const steps: Step[] = []
  const cursor = new ByteCursor(code)
  for (let groups = cursor.u32(); groups > 0; groups -= 1) {
    cursor.u32()
    cursor.skipLeb()
  }
  while (!cursor.isDone) {
    const op = cursor.u8()
    if (op === globalGet || op === globalSet || isDirectCall(op))
      steps.push({ op, index: cursor.u32() })
    else skipImmediates(cursor, op)
  }
  return steps
}
