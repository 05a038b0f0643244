/** Checks that every `path/file.ts#name` that docs/flows mentions still exists. */
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { root as repository } from './toolchain.mjs'

const hop = /`([\w./-]+\.(?:ts|tsx|mjs))#([\w$.]+)`/g

/** Hops that point at nothing, one sentence each; and how many hops were read. */
export function checkFlows(root) {
  const problems = []
  let hops = 0
  for (const page of globSync('docs/flows/*.md', { cwd: root }).sort()) {
    for (const [, file, name] of readFileSync(join(root, page), 'utf8').matchAll(hop)) {
      hops += 1
      if (!existsSync(join(root, file))) problems.push(`${page}: ${file} does not exist.`)
      else if (!declares(readFileSync(join(root, file), 'utf8'), name))
        problems.push(`${page}: ${file} declares no ${name}.`)
    }
  }
  return { problems, hops }
}

/** A function, class, constant, type or method of that name; `Class.method` asks for both. */
function declares(source, name) {
  return name.split('.').every((part) => {
    const word = part.replaceAll('$', String.raw`\$`)
    const declaration = new RegExp(
      String.raw`\b(?:function\*?|class|const|let|interface|type)\s+${word}\b`,
    )
    const member = new RegExp(
      String.raw`^\s+(?:(?:public|private|static|async|readonly|get|set)\s+)*[*#]?${word}\s*[(:=<?]`,
      'm',
    )
    return declaration.test(source) || member.test(source)
  })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { problems, hops } = checkFlows(repository)
  for (const problem of problems) console.error(problem)
  if (problems.length === 0) console.log(`All ${hops} hops of docs/flows exist.`)
  process.exitCode = problems.length > 0 ? 1 : 0
}
