import type { CommandType } from './commands.ts'
import { DEFAULT_TIMEOUT_MS, MAX_TIMEOUT_MS, WORKSPACE } from './limits.ts'
import { NO_NUL, type Schema } from './schema.ts'

const path = (description: string): Schema => ({
  type: 'string',
  description: `${description} Relative paths start at ${WORKSPACE}.`,
  minLength: 1,
  maxLength: 4096,
  pattern: NO_NUL,
})

const ENCODING: Schema = { type: 'string', enum: ['utf-8', 'base64'], default: 'utf-8' }

const flag = (description: string, value: boolean): Schema => ({
  type: 'boolean',
  description,
  default: value,
})

const command = (
  type: CommandType,
  properties: Readonly<Record<string, Schema>>,
  required: readonly string[],
): Schema => ({
  type: 'object',
  properties: {
    type: { type: 'string', enum: [type] },
    id: { type: 'string', description: 'Accepted and ignored.', maxLength: 256 },
    timeoutMs: {
      type: 'integer',
      description: 'Wall-clock limit, milliseconds.',
      minimum: 1,
      maximum: MAX_TIMEOUT_MS,
      default: DEFAULT_TIMEOUT_MS,
    },
    ...properties,
  },
  required: ['type', ...required],
})

const EXECUTE_SHELL = command(
  'execute_shell',
  {
    commandName: {
      type: 'string',
      description: 'Name or path of the program.',
      minLength: 1,
      maxLength: 4096,
      pattern: NO_NUL,
    },
    args: { type: 'array', items: { type: 'string', pattern: NO_NUL }, maxItems: 4096 },
    workingDirectory: path(`Folder the program starts in, by default ${WORKSPACE}.`),
    env: {
      type: 'object',
      propertyNames: { pattern: '^[A-Za-z_][A-Za-z0-9_]*$' },
      additionalProperties: { type: 'string', pattern: NO_NUL },
      maxProperties: 256,
    },
    stdin: { type: 'string', description: 'What the program reads; then end of file.' },
    stdinEncoding: ENCODING,
    cpuLimitMs: {
      type: 'integer',
      description: 'CPU time limit, milliseconds.',
      minimum: 1,
      maximum: MAX_TIMEOUT_MS,
    },
    stream: flag('Send session.output notifications, too.', false),
  },
  ['commandName'],
)

/** What each command must look like once its aliases are resolved. */
export const COMMAND_SCHEMAS: Readonly<Record<CommandType, Schema>> = {
  write_file: command(
    'write_file',
    {
      path: path('File to write.'),
      content: { type: 'string' },
      mode: { type: 'string', enum: ['Create', 'Append', 'Overwrite'], default: 'Create' },
      encoding: ENCODING,
    },
    ['path', 'content'],
  ),
  read_file: command('read_file', { path: path('File to read.'), encoding: ENCODING }, ['path']),
  execute_shell: EXECUTE_SHELL,
  create_directory: command(
    'create_directory',
    { path: path('Folder to create.'), recursive: flag('Create folders on the way.', true) },
    ['path'],
  ),
  copy_file: command(
    'copy_file',
    {
      sourcePath: path('What to copy.'),
      destinationPath: path('Where to.'),
      overwrite: flag('Replace what is there.', true),
    },
    ['sourcePath', 'destinationPath'],
  ),
  delete_file: command(
    'delete_file',
    {
      path: path('What to delete.'),
      recursive: flag('Delete a folder with what is in it.', false),
    },
    ['path'],
  ),
  list_directory: command('list_directory', { path: path('Folder to list.') }, []),
}

/** Other names of the types: what the original's code accepts where its documents say something else. */
export const TYPE_ALIASES: ReadonlyMap<string, CommandType> = new Map([
  ['shell', 'execute_shell'],
  ['create_dir', 'create_directory'],
  ['list_files', 'list_directory'],
])

/** Other names of members: canonical name by alias, for each type. */
export const MEMBER_ALIASES: Readonly<
  Partial<Record<CommandType, Readonly<Record<string, string>>>>
> = {
  execute_shell: { command: 'commandName' },
  copy_file: { source: 'sourcePath', destination: 'destinationPath' },
}
