import type { PreparedModule } from '../../abi/prepare.ts'

/** Without sections that only tools read: they would be copied to wherever the module runs. */
export function slim(prepared: PreparedModule): PreparedModule {
  const { shape } = prepared
  const ours = [...shape.customSections].filter(([name]) => name.startsWith('gaesup:'))
  const customSections = new Map(ours.map(([name, bytes]) => [name, bytes.slice()]))
  return { ...prepared, shape: { ...shape, customSections } }
}
