import { describeInBoth } from '../../both/describe-in-both.ts'
import { fixture } from '../modules.ts'
import { cases } from './cases.ts'

describeInBoth({
  cases,
  from: new URL('cases.ts', import.meta.url),
  load: async (name) => fixture(name === 'workloads.wasm' ? `../meter/${name}` : name),
})
