/**
 * Where an entry of this package lies: beside this file in the sources, or in `dist` wherever the bundler put this code.
 *
 * @param name path below `src` or `dist`, without its extension
 */
export function entryUrl(name: string): URL {
  const here = import.meta.url
  if (here.endsWith('.ts')) return new URL(`../${name}.ts`, here)
  const at = here.lastIndexOf('/dist/')
  if (at === -1)
    throw new Error(
      `Cannot find ${name}.js: this code has to run from the dist folder of its package`,
    )
  return new URL(`${name}.js`, here.slice(0, at + '/dist/'.length))
}

/** The folder that holds this package's manifest, sources and built files. */
export function packageRoot(): URL {
  const here = import.meta.url
  const at = Math.max(here.lastIndexOf('/dist/'), here.lastIndexOf('/src/'))
  return new URL(here.slice(0, at + 1))
}
