import { describeInBoth } from '../both/describe-in-both.ts'
import { fixture } from '../containers/modules.ts'
import { adapt, assemble, wasiFixture } from './build.ts'
import { cases } from './cases.ts'
import { library, results } from './texts.ts'

const components: Readonly<Record<string, () => Promise<Uint8Array>>> = {
  command: () => adapt(fixture('command.wasm'), 'command'),
  files: () => adapt(wasiFixture('files.wasm'), 'command'),
  surroundings: () => adapt(wasiFixture('surroundings.wasm'), 'command'),
  library: () => assemble(library),
  endless: () => assemble(results(16)),
}

describeInBoth({
  cases,
  from: new URL('cases.ts', import.meta.url),
  load: async (name) => (await components[name]?.()) ?? new Uint8Array(),
})
