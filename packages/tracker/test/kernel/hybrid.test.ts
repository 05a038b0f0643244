import { describeKernel } from './cases.ts'

describeKernel('hybrid')
