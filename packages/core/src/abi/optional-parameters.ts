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
  const looks = (steps: readonly Step[], isDeep: boolean): boolean => {
    const first = steps.find(
      ({ op, index }) =>
        (isDirectCall(op) && isDeep && looks(stepsOf(index), false)) ||
        (!isDirectCall(op) && index === length),
    )
    // A function that sets the number calls another one with optional parameters.
    return first !== undefined && first.op !== globalSet
  }
  return new Set([...indexes].filter(([, index]) => looks(stepsOf(index), true)).map(([n]) => n))
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
