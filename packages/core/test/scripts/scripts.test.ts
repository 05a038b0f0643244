import { describeInBoth } from '../both/describe-in-both.ts'
import { cases } from './cases.ts'

describeInBoth({
  cases,
  from: new URL('cases.ts', import.meta.url),
  load: () => Promise.reject(new Error('scripts are no modules')),
})
