import type { Options } from 'tsup'

/** Every package bundles its entries as ESM; `tsc` writes the declarations beside them. */
export const library = (entry: Record<string, string>, options: Options = {}): Options => ({
  entry,
  format: 'esm',
  target: 'es2023',
  dts: false,
  // While `npm run dev` rebuilds, the declarations of the last full build stay.
  clean: process.env['GAESUP_DEV'] === undefined,
  // `node:sqlite` exists under no other name.
  removeNodeProtocol: false,
  splitting: true,
  sourcemap: true,
  ...options,
})
