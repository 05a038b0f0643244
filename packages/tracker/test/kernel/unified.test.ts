import { describeKernel } from './cases.ts'

describeKernel('unified')
