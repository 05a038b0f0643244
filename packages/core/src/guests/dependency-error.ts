/** An optional peer dependency is not installed. */
export class GuestDependencyError extends Error {
  override readonly name = 'GuestDependencyError'
  readonly code = 'GUEST_DEPENDENCY_MISSING'

  constructor(packageName: string, options: ErrorOptions) {
    super(
      `Cannot run this program: the package ${packageName} is not installed. Run: npm install ${packageName}`,
      options,
    )
  }
}
